//! A directory of the runner's own, which is removed with all that is in it.

use std::path::PathBuf;
use std::{env, fs};

use nix::unistd::mkdtemp;

use crate::failure::{During, Result};

/// A directory that is gone when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    /// Where it is.
    pub path: PathBuf,
}

impl Scratch {
    /// Makes an empty one, for this user alone.
    ///
    /// # Errors
    /// What mkdtemp(3) says.
    pub fn make() -> Result<Self> {
        let template = env::temp_dir().join("flagman-bench-XXXXXX");
        let path = mkdtemp(&template).during(|| format!("make {}", template.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_goes_with_what_is_in_it() {
        let scratch = Scratch::make().unwrap();
        fs::write(scratch.path.join("file"), "text").unwrap();
        let path = scratch.path.clone();
        assert!(path.exists());
        drop(scratch);
        assert!(!path.exists());
    }
}
