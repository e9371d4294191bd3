//! A temporary directory that is removed with its contents.

use std::path::PathBuf;
use std::{env, fs};

use nix::unistd::mkdtemp;

use crate::failure::{During, Result};

/// A directory that is removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    /// The path of the directory.
    pub path: PathBuf,
}

impl Scratch {
    /// Creates an empty directory that only this user can access.
    ///
    /// # Errors
    /// mkdtemp(3) failed.
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
