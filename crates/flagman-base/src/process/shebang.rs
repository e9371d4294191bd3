//! The first line of a script, as the kernel reads it (`execve(2)`, "Interpreter scripts").
//!
//! Pure: it is given the first bytes of a file and touches nothing.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How much of a file the kernel looks at (`BINPRM_BUF_SIZE`).
pub(super) const HEAD: usize = 256;

/// What the first bytes of a file make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head<'a> {
    /// A script with its interpreter.
    Script(Shebang<'a>),
    /// A binary program, perhaps for another machine.
    Elf,
    /// Neither; the kernel may still know it by `binfmt_misc`.
    Other,
}

/// The interpreter of a script and the one argument that the kernel passes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shebang<'a> {
    interpreter: &'a [u8],
    argument: &'a [u8],
}

impl<'a> Head<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        if bytes.starts_with(b"\x7fELF") {
            return Self::Elf;
        }
        let Some(rest) = bytes.strip_prefix(b"#!") else { return Self::Other };
        let line = rest.split(|byte| matches!(byte, b'\n' | b'\0')).next().unwrap_or_default();
        let line = trimmed(line);
        let end = line.iter().position(|byte| is_blank(*byte)).unwrap_or(line.len());
        let (interpreter, argument) = line.split_at(end);
        if interpreter.is_empty() {
            return Self::Other;
        }
        Self::Script(Shebang { interpreter, argument: trimmed(argument) })
    }
}

impl<'a> Shebang<'a> {
    /// The interpreter; a relative path counts from the working directory.
    pub(super) fn interpreter(&self) -> &'a Path {
        Path::new(OsStr::from_bytes(self.interpreter))
    }

    /// Whether a carriage return at the end of the line keeps the script from running: it is part of
    /// the interpreter's name, or of the name that `env` looks for. What other interpreters do with it
    /// is their affair.
    pub(super) fn has_fatal_carriage_return(&self) -> bool {
        let fatal = if self.is_env() { self.last_word() } else { self.interpreter };
        fatal.ends_with(b"\r")
    }

    /// The program that `env` is to find in `PATH`, where that is all that it is asked.
    pub(super) fn found_by_env(&self) -> Option<&'a OsStr> {
        let is_name = |byte: &u8| !is_blank(*byte) && *byte != b'=';
        let is_plain = !self.argument.starts_with(b"-") && self.argument.iter().all(is_name);
        let found = self.is_env() && is_plain && !self.argument.is_empty();
        found.then(|| OsStr::from_bytes(self.argument))
    }

    fn is_env(&self) -> bool {
        let name = self.interpreter().file_name();
        name.is_some_and(|name| name.as_bytes().trim_ascii_end() == b"env")
    }

    fn last_word(&self) -> &'a [u8] {
        if self.argument.is_empty() { self.interpreter } else { self.argument }
    }
}

/// Without blanks at both ends, of which the kernel knows two; a carriage return is none.
fn trimmed(mut line: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = line
        && is_blank(*first)
    {
        line = rest;
    }
    while let [rest @ .., last] = line
        && is_blank(*last)
    {
        line = rest;
    }
    line
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::path::Path;

    use super::{Head, Shebang};

    fn shebang(line: &[u8]) -> Shebang<'_> {
        match Head::of(line) {
            Head::Script(shebang) => shebang,
            other => panic!("{line:?} is {other:?}"),
        }
    }

    #[test]
    fn the_interpreter_is_the_first_word_and_the_rest_is_one_argument() {
        let lines: [(&[u8], &str, &[u8]); 5] = [
            (b"#!/bin/sh\necho", "/bin/sh", b""),
            (b"#! \t/bin/sh  \n", "/bin/sh", b""),
            (b"#!/bin/sh -e -u \nx", "/bin/sh", b"-e -u"),
            (b"#!/bin/sh", "/bin/sh", b""),
            (b"#!/bin/sh\r\n", "/bin/sh\r", b""),
        ];
        for (line, interpreter, argument) in lines {
            let found = shebang(line);
            assert_eq!((found.interpreter(), found.argument), (Path::new(interpreter), argument));
        }
    }

    #[test]
    fn what_begins_otherwise_is_no_script() {
        assert_eq!(Head::of(b"\x7fELF\x02"), Head::Elf);
        for other in
            [&b""[..], b"#", b"#!", b"#! \t\n/bin/sh", b"echo hi\n", b"\xef\xbb\xbf#!/bin/sh"]
        {
            assert_eq!(Head::of(other), Head::Other, "{other:?}");
        }
    }

    #[test]
    fn a_carriage_return_is_fatal_where_it_becomes_part_of_a_programs_name() {
        let fatal: [&[u8]; 3] =
            [b"#!/bin/sh\r\n", b"#!/usr/bin/env python3\r\n", b"#!/usr/bin/env\r\n"];
        for line in fatal {
            assert!(shebang(line).has_fatal_carriage_return(), "{line:?}");
        }
        let harmless: [&[u8]; 3] = [b"#!/bin/sh\n", b"#!/usr/bin/perl -w\r\n", b"#!/bin/sh\n\r\n"];
        for line in harmless {
            assert!(!shebang(line).has_fatal_carriage_return(), "{line:?}");
        }
    }

    #[test]
    fn env_finds_a_program_when_it_is_given_a_name_and_no_more() {
        assert_eq!(
            shebang(b"#!/usr/bin/env python3\n").found_by_env(),
            Some(OsStr::new("python3"))
        );
        let others: [&[u8]; 5] = [
            b"#!/usr/bin/env -S python3 -u\n",
            b"#!/usr/bin/env python3 -u\n",
            b"#!/usr/bin/env A=b\n",
            b"#!/usr/bin/env\n",
            b"#!/bin/sh python3\n",
        ];
        for line in others {
            assert_eq!(shebang(line).found_by_env(), None, "{line:?}");
        }
    }
}
