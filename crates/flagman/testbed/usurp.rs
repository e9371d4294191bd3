//! `usurp`: an action that closes a descriptor of flagman's, as one does that closes all that it does
//! not know, and opens something else, which gets its number.

use std::fs::{self, File};
use std::os::fd::{IntoRawFd, RawFd};
use std::path::Path;

use flagman::{Action, Arguments, Arrival, Completion, Error};

/// Puts a file that cannot be read in the place of a descriptor of flagman's.
#[derive(Arguments)]
pub(crate) struct Usurp {
    kind: String,
    index: i64,
}

impl Usurp {
    /// The number of the descriptor: of those of its kind, the one with this index.
    fn number(&self) -> Result<RawFd, Error> {
        let link = format!("anon_inode:[{}]", self.kind);
        let mut numbers = Vec::new();
        for entry in fs::read_dir("/proc/self/fd")? {
            let entry = entry?;
            if fs::read_link(entry.path()).is_ok_and(|target| target == Path::new(&link)) {
                numbers.push(entry.file_name().to_string_lossy().parse()?);
            }
        }
        numbers.sort_unstable();
        let index = usize::try_from(self.index)?;
        numbers.get(index).copied().ok_or_else(|| "there are not so many".into())
    }
}

impl Action for Usurp {
    const NAME: &'static str = "usurp";
    type Arguments = Self;

    fn set_up(arguments: Self) -> Result<Self, Error> {
        Ok(arguments)
    }

    fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
        let number = self.number()?;
        nix::unistd::close(number)?;
        // Each gets the lowest number that is free.
        while File::options().write(true).open("/dev/null")?.into_raw_fd() != number {}
        Ok(Completion::Done)
    }
}
