//! `usurp`: an action that closes one of flagman's descriptors, like code that closes every descriptor
//! that it does not know, and then opens something else, which gets the same number.

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
    /// The number of the descriptor with this index among those of its kind.
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
        // Each open file gets the lowest free number.
        while File::options().write(true).open("/dev/null")?.into_raw_fd() != number {}
        Ok(Completion::Done)
    }
}
