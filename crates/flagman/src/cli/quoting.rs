//! Quotes: how an action in one word is split and written, and how a person is shown what to type.
//!
//! The two differ in control characters. flagman's own splitting knows no `$'...'` and takes them as
//! they are; a person must be able to see them, and types them to a shell that does know it.

use std::fmt::Write;

/// Splits as a POSIX shell splits quotes and backslashes, with no expansion and no comments; `None`
/// if a quote is not closed.
///
/// The library takes `#` for a comment. It has no other meaning for it, so the splitting is done
/// with a character in its place that does not occur.
pub(crate) fn split(text: &str) -> Option<Vec<String>> {
    let stand_in = ('\u{e000}'..='\u{f8ff}').find(|candidate| !text.contains(*candidate))?;
    let words = shell_words::split(&text.replace('#', &stand_in.to_string())).ok()?;
    Some(words.into_iter().map(|word| word.replace(stand_in, "#")).collect())
}

/// An action's words in one, which [`split`] takes apart again.
pub(super) fn join(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        let (name, rest) = name_and_rest(word);
        format!("{name}{}", shell_words::quote(rest))
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The words as a shell would have to be given them, with no control character.
pub(super) fn for_shell(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        let (name, rest) = name_and_rest(word);
        format!("{name}{}", quote(rest))
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The NAME= that `word` begins with, and what follows it: nobody puts the name in quotes.
fn name_and_rest(word: &str) -> (&str, &str) {
    let name = word.split_inclusive('=').next().unwrap_or_default();
    let is_name = name.len() > 1
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.trim_end_matches('=').bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if is_name && name.ends_with('=') { word.split_at(name.len()) } else { ("", word) }
}

/// As [`for_shell`], for what holds quotes itself: in double quotes, if they change nothing else, as
/// a person would.
pub(super) fn in_one_for_shell(text: &str) -> String {
    let special = |letter: char| letter.is_control() || "\"$`\\!".contains(letter);
    if text.contains('\'') && !text.contains(special) {
        return format!("\"{text}\"");
    }
    quote(text)
}

fn quote(word: &str) -> String {
    if word.contains(char::is_control) {
        return format!("$'{}'", word.chars().map(escaped).collect::<String>());
    }
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Whether `letter` has no meaning to any shell, wherever it stands.
fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric() || "-_./,+:@".contains(letter)
}

/// What stands for `letter` between `$'` and `'`.
fn escaped(letter: char) -> String {
    match letter {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\'' | '\\' => format!("\\{letter}"),
        control if control.is_control() => {
            let mut text = String::new();
            // Byte by byte, which does not depend on the shell's locale.
            for byte in control.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String does not fail.
                let _ = write!(text, "\\x{byte:02x}");
            }
            text
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{for_shell, split};

    #[test]
    fn what_any_shell_would_change_is_quoted_for_it() {
        let cases = [
            ("a-b_c./d,e+f:g@h", "a-b_c./d,e+f:g@h"),
            ("{a,b}", "'{a,b}'"),
            ("it's!", r"'it'\''s!'"),
            ("", "''"),
            ("é", "é"),
            ("retries=3", "retries=3"),
            ("on-failure=a b", "on-failure='a b'"),
            ("=a", "'=a'"),
            ("--a=b", "'--a=b'"),
            ("a\n\u{1b}\u{85}'é", r"$'a\n\x1b\xc2\x85\'é'"),
        ];
        for (word, quoted) in cases {
            assert_eq!(for_shell(&[word.to_owned()]), quoted);
        }
    }

    #[test]
    fn words_are_split_as_a_shell_does_without_comments_or_expansion() {
        let cases: [(&str, &[&str]); 8] = [
            ("", &[]),
            ("a  b\tc", &["a", "b", "c"]),
            (r#"exec curl --hup ";""#, &["exec", "curl", "--hup", ";"]),
            ("a # b #c", &["a", "#", "b", "#c"]),
            (r##"'#' "#" \# x#y"##, &["#", "#", "#", "x#y"]),
            ("$HOME `id` *", &["$HOME", "`id`", "*"]),
            (r#""a\"b" 'a\b' a\ b"#, &["a\"b", "a\\b", "a b"]),
            ("'' \"\"", &["", ""]),
        ];
        for (text, words) in cases {
            assert_eq!(split(text).as_deref(), Some(words.map_to_owned().as_slice()), "{text}");
        }
        assert_eq!(split("'a"), None);
        assert_eq!(split("\"a"), None);
    }

    trait MapToOwned {
        fn map_to_owned(&self) -> Vec<String>;
    }

    impl MapToOwned for [&str] {
        fn map_to_owned(&self) -> Vec<String> {
            self.iter().map(ToString::to_string).collect()
        }
    }
}
