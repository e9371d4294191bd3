//! The JSON schema of the configuration file, for editors and for whatever else checks files before flagman
//! does. It is of draft 7, which editors know best.
//!
//! It cannot know which actions there are and what words they take; flagman says that.

use flagman_base::Signal;
use serde_json::{Map, Value, json};

use super::super::kind::{Bounds, Kind, Zero};
use super::super::options::POLICIES;
use super::super::plan::asks_for_shutdown;
use super::super::signal::bare;
use super::file_page::for_all;
use crate::config::keys::{self, ACTION, ON, RUN, SIGNAL};

/// The whole file.
pub(super) fn schema() -> String {
    let mut properties: Map<String, Value> = keys::of_top()
        .map(|(_, row)| (row.long.to_owned(), described(of_kind(row.kind), for_all(row.help))))
        .collect();
    properties.insert(SIGNAL.to_owned(), signals());
    properties.insert(ACTION.to_owned(), actions());
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The configuration file of flagman",
        "description": "See flagman.toml(5).",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    serde_json::to_string_pretty(&schema).expect("it can be written") + "\n"
}

fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}

/// What a value of this kind may be.
fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Counted { most } => json!({ "anyOf": [
            { "type": "boolean" },
            { "type": "integer", "minimum": 0, "maximum": most },
        ] }),
        Kind::Seconds(bounds) | Kind::SecondsOfSignal(bounds) => seconds(bounds),
        Kind::SecondsOrNone(bounds) => json!({ "anyOf": [seconds(bounds), { "const": "none" }] }),
        Kind::OneOf(words) | Kind::WordOfSignal { all: words, .. } => json!({ "enum": words }),
        Kind::Number { most } => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        Kind::Directory => json!({ "anyOf": [path(), { "type": "array", "items": path() }] }),
        Kind::File => path(),
        Kind::Label { longest } => json!({
            "type": "string",
            "minLength": 1,
            "maxLength": longest,
            "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
        }),
        Kind::Action | Kind::ActionOfSignal => panic!("no file has it"),
    }
}

fn seconds(Bounds { zero, most }: Bounds) -> Value {
    match zero {
        Zero::Allowed => json!({ "type": "number", "minimum": 0, "maximum": most }),
        Zero::Refused => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": most }),
    }
}

/// Text without the character that no word can have.
fn word() -> Value {
    json!({ "type": "string", "pattern": "^[^\\u0000]*$" })
}

fn path() -> Value {
    json!({ "type": "string", "minLength": 1, "pattern": "^[^\\u0000]*$" })
}

/// What is said of one signal each.
fn signals() -> Value {
    let is_standard = |signal: &Signal| !signal.is_real_time() && !asks_for_shutdown(*signal);
    let words = |row_kind: Kind, real_time: bool| match row_kind {
        Kind::WordOfSignal { one, .. } if real_time => json!({ "enum": one }),
        kind => of_kind(kind),
    };
    let of_one = |real_time: bool| -> Map<String, Value> {
        keys::of_signal()
            .map(|(_, row)| {
                (row.long.to_owned(), described(words(row.kind, real_time), for_all(row.help)))
            })
            .collect()
    };
    // Each arrival of a real-time signal has a run of its own unless its overlap says otherwise.
    let quiet_only_without_each = json!({
        "if": {
            "required": ["quiet-period"],
            "properties": { "quiet-period": { "exclusiveMinimum": 0 } },
        },
        "then": {
            "required": ["overlap"],
            "properties": { "overlap": { "not": { "const": "each" } } },
        },
    });
    let mut real_time = quiet_only_without_each;
    real_time["type"] = "object".into();
    real_time["additionalProperties"] = false.into();
    real_time["properties"] = of_one(true).into();
    let standard = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": of_one(false),
    });
    let mut patterns = Map::new();
    patterns.insert(pattern(Signal::with_actions().filter(is_standard)), standard);
    patterns.insert(real_time_pattern(), real_time);
    patterns.insert(
        pattern(Signal::with_actions().filter(|signal| asks_for_shutdown(*signal))),
        json!({ "type": "object", "maxProperties": 0 }),
    );
    json!({
        "description": "what is said of one signal each, by its name as in [signal.usr1]",
        "type": "object",
        "additionalProperties": false,
        "patternProperties": patterns,
    })
}

/// The list of actions.
fn actions() -> Value {
    let mut properties: Map<String, Value> = POLICIES
        .iter()
        .map(|row| {
            let help = format!("{} (default: {})", row.help, row.default);
            (row.name.to_owned(), described(of_kind(row.kind), &help))
        })
        .collect();
    let signal = json!({ "type": "string", "anyOf": [
        { "enum": Signal::with_actions().map(|signal| bare(signal).to_ascii_lowercase()).collect::<Vec<_>>() },
        { "pattern": pattern(Signal::with_actions().filter(|signal| !signal.is_real_time())) },
        { "pattern": real_time_pattern() },
    ] });
    let on = json!({ "anyOf": [
        signal,
        { "type": "array", "items": signal, "minItems": 1, "uniqueItems": true },
    ] });
    let run = json!({
        "type": "array",
        "minItems": 1,
        "items": [path()],
        "additionalItems": word(),
    });
    properties.insert(
        ON.to_owned(),
        described(on, "the signal of this action; each of a list gets an action of its own"),
    );
    properties.insert(
        RUN.to_owned(),
        described(run, "the action's name and its words; none is expanded"),
    );
    json!({
        "description": "the actions, in the order in which they run",
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": [ON, RUN],
            "properties": properties,
        },
    })
}

/// The names and numbers of these signals, each in any case and with or without `SIG`.
fn pattern(signals: impl Iterator<Item = Signal>) -> String {
    let (mut names, mut numbers) = (Vec::new(), Vec::new());
    for signal in signals {
        names.push(in_any_case(&bare(signal)));
        numbers.push(signal.number().to_string());
        if bare(signal) == "IO" {
            names.push(in_any_case("POLL"));
        }
    }
    format!("^(({})?({})|{})$", in_any_case("SIG"), names.join("|"), numbers.join("|"))
}

fn real_time_pattern() -> String {
    let signals: Vec<Signal> = Signal::with_actions().filter(|it| it.is_real_time()).collect();
    let numbers: Vec<String> = signals.iter().map(|signal| signal.number().to_string()).collect();
    let steps: Vec<String> = (0..signals.len()).map(|step| step.to_string()).collect();
    let (sig, first, last) = (in_any_case("SIG"), in_any_case("RTMIN"), in_any_case("RTMAX"));
    let (steps, numbers) = (steps.join("|"), numbers.join("|"));
    format!("^(({sig})?({first}(\\+({steps}))?|{last}(-({steps}))?)|{numbers})$")
}

fn in_any_case(word: &str) -> String {
    let both = |letter: char| match letter.to_ascii_lowercase() {
        lower if lower == letter => letter.to_string(),
        lower => format!("[{letter}{lower}]"),
    };
    word.chars().map(both).collect()
}
