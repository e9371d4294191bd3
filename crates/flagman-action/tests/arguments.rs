//! What `#[derive(Arguments)]` declares for a struct, and how words are converted.

use flagman_action::{Arguments, Declared, WrongArgument, only_the_last_varies};

/// Has one of everything,
/// in order.
///
/// This paragraph is for readers of the code.
#[derive(Arguments, Debug, PartialEq)]
struct Everything {
    text: String,
    number: i64,
    rest: Vec<bool>,
}

/// Has one that may be left out.
#[derive(Arguments, Debug, PartialEq)]
struct Perhaps {
    ratio: Option<f64>,
}

/// Has none.
#[derive(Arguments, Debug, PartialEq)]
struct Nothing;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn shown<A: Arguments>() -> Vec<String> {
    A::DECLARED.iter().map(ToString::to_string).collect()
}

#[test]
fn the_declaration_comes_from_the_struct() {
    assert_eq!(Everything::DESCRIPTION, "Has one of everything, in order.");
    assert_eq!(shown::<Everything>(), ["text: str", "number: int", "rest: bool ..."]);
    assert_eq!(shown::<Perhaps>(), ["[ratio: float]"]);
    assert!(Nothing::DECLARED.is_empty());
}

#[test]
fn words_are_taken_in_order_and_converted() {
    let expected = Everything { text: "a".into(), number: -2, rest: vec![true, false] };
    assert_eq!(Everything::from_words(&words(&["a", "-2", "true", "false"])), Ok(expected));
    assert_eq!(Perhaps::from_words(&words(&[])), Ok(Perhaps { ratio: None }));
    assert_eq!(Perhaps::from_words(&words(&["0.5"])), Ok(Perhaps { ratio: Some(0.5) }));
    assert_eq!(Nothing::from_words(&[]), Ok(Nothing));
}

#[test]
fn a_missing_word_names_its_argument() {
    let mistake = Everything::from_words(&words(&["a"])).unwrap_err();
    assert_eq!(mistake, WrongArgument::Missing { argument: "number" });
}

#[test]
fn a_wrong_word_is_quoted() {
    let mistake = Everything::from_words(&words(&["a", "1", "true", "maybe"])).unwrap_err();
    let text = "its argument `rest` must be a bool (`true` or `false`), not `maybe`";
    assert_eq!(mistake.to_string(), text);
}

#[test]
fn an_argument_that_varies_is_accepted_as_the_last_one() {
    let all = [Declared::of::<i64>("one"), Declared::of::<Option<i64>>("maybe")];
    for declared in [&all[..], &all[..1], &all[1..], &[]] {
        only_the_last_varies(declared);
    }
}

#[test]
#[should_panic(expected = "only the last argument of an action may be optional or repeated")]
fn and_refused_before_another_one() {
    only_the_last_varies(&[Declared::of::<Vec<i64>>("many"), Declared::of::<i64>("one")]);
}
