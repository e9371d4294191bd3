//! What holds of every configuration file, whatever its text is. The fuzz target checks these, and tests check
//! them on the fuzzer's corpus and on texts that are made up here.
//!
//! A property breaks by a panic.

#![expect(clippy::expect_used, reason = "so a property breaks")]

use super::mistake::FileMistake;
use super::value::{in_list, texts};
use super::{File, syntax, walk};
use crate::discovery::Catalog;
use crate::registry::Registry;

/// A file is understood, or has one mistake, whose place is in the file. What is advised is TOML.
pub(crate) fn configuration(text: &str) {
    let contents = syntax::parse(text).and_then(|table| walk::walk(&table));
    let contents = match contents {
        Ok(contents) => contents,
        Err(wrong) => return is_in(text, &wrong.of_file("F", text)),
    };
    for entry in &contents.actions {
        let words: Vec<String> = entry.words.iter().map(|(word, _)| word.clone()).collect();
        assert_eq!(words_of(&in_list(&words)).expect("it is TOML"), words, "as it is advised");
    }
    let file = File { name: "F".to_owned(), text: text.to_owned(), contents };
    let registry = Registry::standard();
    let catalog = Catalog::without_programs(&registry);
    if let Err(mistake) = file.actions(&catalog, &mut Vec::new()) {
        is_in(text, &mistake);
    }
}

/// The words of a list as a file has it.
fn words_of(list: &str) -> Option<Vec<String>> {
    let line = format!("run = {list}");
    let table = syntax::parse(&line).ok()?;
    let words = texts("run", table.get("run")?).ok()?;
    Some(words.into_iter().map(|(word, _)| word).collect())
}

fn is_in(text: &str, mistake: &FileMistake) {
    let FileMistake::In { place, what, .. } = mistake else {
        return assert!(matches!(mistake, FileMistake::In { .. }), "{mistake}");
    };
    let lines: Vec<&str> = text.split('\n').collect();
    let line = lines.get(place.line - 1).expect("a line of the file");
    assert!((1..=line.chars().count() + 1).contains(&place.column), "{mistake}");
    assert!(!what.is_empty());
    if let Some((_, list)) = what.split_once("write run = ") {
        assert!(words_of(list).is_some(), "{list} is advised");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::value::in_quotes;
    use super::{configuration, words_of};
    use crate::cli::dice::Dice;

    const TOKENS: [&str; 60] = [
        "\n",
        "\n",
        "\n",
        " = ",
        " = ",
        "=",
        "[[action]]\n",
        "[[action]]\n",
        "[signal.usr1]\n",
        "[signal.\"rtmin+1\"]\n",
        "[signal.",
        "]\n",
        "on = \"usr1\"\n",
        "on = ['hup', \"usr2\"]\n",
        "on",
        "run = ['print', 'x']\n",
        "run = [\"exec\", \"true\", \"a b\"]\n",
        "run = 'print x'\n",
        "run = [",
        "run",
        "'print'",
        "\"delay_print\"",
        "\"prnt\"",
        "'print a'",
        "['print', 'a', 'b']\n",
        "retries = 3\n",
        "retries",
        "timeout = \"none\"\n",
        "timeout = 1.5\n",
        "timeout",
        "on-failure = \"stop\"\n",
        "name",
        "overlap = \"rerun\"\n",
        "overlap",
        "\"each\"\n",
        "quiet-period = 0.5\n",
        "quiet-period",
        "grace = 10\n",
        "grace",
        "verbose = 2\n",
        "verbose",
        "action-dir = [\"/a\", 'b']\n",
        "log-format",
        "true",
        "false",
        "1",
        "-1",
        "1e3",
        "nan",
        "0x",
        "'",
        "\"\"\"",
        "{",
        "}",
        ",",
        "#",
        "\\",
        "\u{e9}",
        "\u{feff}",
        "\u{a0}",
    ];

    fn text(dice: &mut Dice) -> String {
        (0..=dice.below(16)).map(|_| TOKENS[dice.below(TOKENS.len())]).collect()
    }

    #[test]
    fn a_file_is_understood_or_has_one_mistake_in_it_and_what_is_advised_is_toml() {
        let mut dice = Dice::new(4);
        for _ in 0..20_000 {
            configuration(&text(&mut dice));
        }
    }

    #[test]
    fn a_text_in_quotes_is_the_same_text() {
        for code in 1..0x300 {
            let word = char::from_u32(code).map(|one| format!("a{one}b")).expect("a character");
            let list = format!("[{}]", in_quotes(&word));
            assert_eq!(words_of(&list), Some(vec![word]), "{list}");
        }
    }

    #[test]
    fn what_the_fuzzer_has_found_holds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/configuration");
        for file in folder.read_dir().expect("the corpus is there") {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            configuration(&String::from_utf8_lossy(&bytes));
        }
    }
}
