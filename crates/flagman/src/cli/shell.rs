//! A shell, as far as flagman's own quotes need one: for tests and fuzz targets to see what becomes of
//! what a person is told to type. It knows quotes, backslashes, `$'...'` and `;`, and panics at
//! anything else that has a meaning.

#![expect(clippy::expect_used, reason = "so a property breaks")]

use std::iter::Peekable;
use std::str::Chars;

/// The commands of a line, each as its words.
pub(super) fn shell(line: &str) -> Vec<Vec<String>> {
    let mut shell = Shell { letters: line.chars().peekable(), word: None, commands: vec![vec![]] };
    while let Some(letter) = shell.letters.next() {
        shell.read(letter);
    }
    shell.end_word();
    shell.commands
}

struct Shell<'a> {
    letters: Peekable<Chars<'a>>,
    word: Option<Vec<u8>>,
    commands: Vec<Vec<String>>,
}

impl Shell<'_> {
    fn read(&mut self, letter: char) {
        match letter {
            ' ' => self.end_word(),
            ';' => {
                self.end_word();
                self.commands.push(vec![]);
            }
            '$' if self.letters.next_if_eq(&'\'').is_some() => self.ansi(),
            '\'' => {
                let quoted: String =
                    self.letters.by_ref().take_while(|next| *next != '\'').collect();
                self.add(&quoted);
            }
            '"' => {
                let quoted: String =
                    self.letters.by_ref().take_while(|next| *next != '"').collect();
                assert!(!quoted.contains(['$', '`', '\\', '!']), "{quoted:?} is expanded");
                self.add(&quoted);
            }
            '\\' => {
                let escaped = self.letters.next().expect("something is escaped");
                self.add(&escaped.to_string());
            }
            plain => {
                let meaningless = plain.is_alphanumeric() || "-_=/,.+:@".contains(plain);
                assert!(meaningless, "{plain:?} stands outside quotes");
                self.add(&plain.to_string());
            }
        }
    }

    fn add(&mut self, text: &str) {
        self.word.get_or_insert_default().extend_from_slice(text.as_bytes());
    }

    /// What follows `$'`.
    fn ansi(&mut self) {
        self.add("");
        while let Some(letter) = self.letters.next().filter(|next| *next != '\'') {
            match letter {
                '\\' => self.escape(),
                other => self.add(&other.to_string()),
            }
        }
    }

    fn escape(&mut self) {
        match self.letters.next().expect("something is escaped") {
            'n' => self.add("\n"),
            'r' => self.add("\r"),
            't' => self.add("\t"),
            'x' => {
                let digits: String = self.letters.by_ref().take(2).collect();
                let byte = u8::from_str_radix(&digits, 16).expect("two digits");
                self.word.get_or_insert_default().push(byte);
            }
            itself => {
                assert!(itself == '\'' || itself == '\\', "{itself:?} is escaped");
                self.add(&itself.to_string());
            }
        }
    }

    fn end_word(&mut self) {
        if let Some(bytes) = self.word.take() {
            let text = String::from_utf8(bytes).expect("words are UTF-8");
            self.commands.last_mut().expect("there is one").push(text);
        }
    }
}
