//! Whether an action's words fit where they have to go: into one message to its program, or onto a
//! program's command line (`execve(2)`). It is measured before anything is set up, and nothing here sets
//! anything up.

use std::ffi::{OsStr, OsString};

use flagman_base::protocol::{LONGEST_LINE, ToProgram, Unsendable};
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{SysconfVar, sysconf};

/// The least that the kernel allows for all strings (`ARG_MAX` in `linux/limits.h`), in bytes.
const LEAST: u64 = 128 * 1024;

/// The most, however large a stack may be (`fs/exec.c`: three quarters of 8 MiB), in bytes.
const MOST: u64 = 6 * 1024 * 1024;

/// The most pages of one string (`MAX_ARG_STRLEN` in `linux/binfmts.h`).
const PAGES: usize = 32;

/// The size of a page where the system does not tell it.
const PAGE: usize = 4096;

/// What is left for strings that are not known yet, in bytes: the path of the program, once more as a word
/// if it is a script, the interpreter and the word from its first line, and the variables that tell of a signal.
const RESERVED: usize = 2 * 4096 + 256 + 512;

/// How much of a word that is too long is shown, in characters.
const SHOWN: usize = 20;

/// The most that `execve(2)` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    /// For one string with its final NUL, in bytes.
    string: usize,
    /// For all words and variables with their pointers, in bytes.
    all: usize,
}

impl Limits {
    /// Of programs that this process starts.
    fn of_children() -> Self {
        let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
        let stack = getrlimit(Resource::RLIMIT_STACK).map_or(0, |(soft, _)| soft);
        Self::of(page.and_then(|page| page.try_into().ok()).unwrap_or(PAGE), stack)
    }

    /// With pages of `page` bytes and stacks of `stack` bytes at the most. `sysconf(_SC_ARG_MAX)` tells
    /// more than the kernel takes where a stack has no limit.
    fn of(page: usize, stack: u64) -> Self {
        let all = usize::try_from((stack / 4).clamp(LEAST, MOST)).unwrap_or(usize::MAX);
        Self { string: PAGES * page, all: all - RESERVED }
    }

    /// Checks `words` beside an environment that takes `environment` bytes.
    fn check(self, words: &[String], environment: usize) -> Result<(), String> {
        if let Some(word) = words.iter().find(|word| word.len() >= self.string) {
            let (start, bytes, most) = (start_of(word), word.len(), self.string - 1);
            return Err(format!(
                "its word `{start}` has {bytes} bytes; the limit for one word is {most}"
            ));
        }
        let bytes =
            words.iter().map(|word| size_of_string(word.len())).sum::<usize>() + environment;
        if bytes <= self.all {
            return Ok(());
        }
        Err(format!("its words and the environment take {bytes} bytes; the limit is {}", self.all))
    }
}

/// Checks that a program can be started with `words`, in this process's environment.
///
/// # Errors
/// They are too long, and how much too long.
pub(crate) fn fit_a_command_line(words: &[String]) -> Result<(), String> {
    Limits::of_children().check(words, size_of_environment(std::env::vars_os()))
}

/// Checks that an action program can be sent `words` for its set-up.
///
/// # Errors
/// They are too long, and how much too long.
pub(crate) fn fit_a_message(words: &[String]) -> Result<(), String> {
    let encoded = ToProgram::SetUp { arguments: words.to_vec() }.encode();
    // Nothing else can be wrong with this message.
    let Err(Unsendable::TooLong { bytes }) = encoded else { return Ok(()) };
    Err(format!("its words make a message of {bytes} bytes; the limit is {LONGEST_LINE}"))
}

/// What a string of `length` bytes takes: itself, its NUL, and a pointer to it.
fn size_of_string(length: usize) -> usize {
    length + 1 + size_of::<*const u8>()
}

/// What these variables take.
fn size_of_environment(variables: impl Iterator<Item = (OsString, OsString)>) -> usize {
    let length = |string: &OsStr| string.len();
    variables.map(|(name, value)| size_of_string(length(&name) + 1 + length(&value))).sum()
}

/// The first characters of a word.
fn start_of(word: &str) -> String {
    match word.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{
        LEAST, LONGEST_LINE, Limits, MOST, RESERVED, fit_a_command_line, fit_a_message,
        size_of_environment, size_of_string, start_of,
    };

    const KIB: usize = 1024;

    fn word(length: usize) -> String {
        "x".repeat(length)
    }

    #[test]
    fn the_limits_are_those_of_the_kernel_for_the_page_and_the_stack() {
        let all = |stack| Limits::of(4096, stack).all + RESERVED;
        assert_eq!(all(8 << 20), 2 << 20);
        assert_eq!(all(u64::MAX), usize::try_from(MOST).unwrap());
        assert_eq!(all(0), usize::try_from(LEAST).unwrap());
        assert_eq!(Limits::of(4096, 0).string, 128 * KIB);
        assert_eq!(Limits::of(65_536, 0).string, 2048 * KIB);
    }

    #[test]
    fn a_word_may_be_as_long_as_its_nul_leaves_room_for() {
        let limits = Limits::of(4096, 8 << 20);
        assert_eq!(limits.check(&[word(5), word(128 * KIB - 1)], 0), Ok(()));
        let why =
            "its word `xxxxxxxxxxxxxxxxxxxx…` has 131072 bytes; the limit for one word is 131071";
        assert_eq!(limits.check(&[word(5), word(128 * KIB)], 0), Err(why.to_owned()));
    }

    #[test]
    fn all_words_with_the_environment_may_fill_what_there_is() {
        let limits = Limits::of(4096, 0);
        let words = [word(1000), word(2000)];
        let environment = limits.all - size_of_string(1000) - size_of_string(2000);
        assert_eq!(limits.check(&words, environment), Ok(()));
        let (bytes, all) = (limits.all + 1, limits.all);
        let why = format!("its words and the environment take {bytes} bytes; the limit is {all}");
        assert_eq!(limits.check(&words, environment + 1), Err(why));
    }

    #[test]
    fn a_variable_takes_its_name_its_value_and_what_joins_and_ends_them() {
        let variables = [("A", "bc"), ("", "")].map(|(name, value)| (name.into(), value.into()));
        let pointers = 2 * size_of::<usize>();
        assert_eq!(size_of_environment(variables.into_iter()), "A=bc\0=\0".len() + pointers);
    }

    #[test]
    fn the_system_starts_what_fits_and_not_much_more() {
        let Limits { string, all } = Limits::of_children();
        // The number of words that fill what there is, beside the name of the program.
        let environment = size_of_environment(std::env::vars_os()) + size_of_string("true".len());
        let each = string / 2;
        let count = (all - environment) / size_of_string(each);
        let mut words = vec![word(each); count];
        let rest = all - environment - count * size_of_string(each);
        words.extend(rest.checked_sub(size_of_string(0)).map(word));
        let runs = |words: &[String]| Command::new("true").args(words).status().is_ok();
        let fits =
            |words: &[String]| fit_a_command_line(&[&["true".to_owned()], words].concat()).is_ok();
        assert!(fits(&words) && runs(&words));
        words.push(word(RESERVED));
        assert!(!fits(&words) && !runs(&words));
        let longest = [word(string - 1)];
        assert!(fits(&longest) && runs(&longest));
        let longer = [word(string)];
        assert!(!fits(&longer) && !runs(&longer));
    }

    #[test]
    fn a_message_has_room_for_as_much_as_a_line_and_what_json_adds_counts() {
        let empty = r#"{"set_up":{"arguments":[""]}}"#.len();
        assert_eq!(fit_a_message(&[word(LONGEST_LINE - empty)]), Ok(()));
        let why = "its words make a message of 1048577 bytes; the limit is 1048576";
        assert_eq!(fit_a_message(&[word(LONGEST_LINE - empty + 1)]), Err(why.to_owned()));
        assert!(fit_a_message(&["\u{1}".repeat(LONGEST_LINE / 6)]).is_err());
    }

    #[test]
    fn a_word_is_shown_by_its_first_characters() {
        assert_eq!(start_of("short"), "short");
        assert_eq!(start_of(&"ä".repeat(21)), format!("{}…", "ä".repeat(20)));
    }
}
