//! The URL of the master's API, and the key for it. Both come from the environment, because every
//! user of the machine can read a command line.
//!
//! If both variables for the key are set, the file wins: it is more likely to be intended, for
//! example as a unit's credential. The file is read at set-up, to detect mistakes early, and again
//! for each call, so that a new key needs no restart. The key must never reach a message or a log
//! line.

use std::env::{self, VarError};
use std::fs;
use std::path::PathBuf;

use ureq::http::{HeaderValue, Uri};

const URL: &str = "PDNS_API_URL";
const KEY: &str = "PDNS_API_KEY";
const KEY_FILE: &str = "PDNS_API_KEY_FILE";

/// How to reach the API.
pub(crate) struct Access {
    /// The API's base URL, without a slash at the end: `http://127.0.0.1:8081`.
    pub(crate) base: String,
    key: KeySource,
}

/// Where the key comes from. Has no `Debug`, so that the key cannot be logged.
enum KeySource {
    Given(String),
    File(PathBuf),
}

impl Access {
    /// Reads the environment of this process. Also reads the key, to check that it is there.
    pub(crate) fn from_environment() -> Result<Self, String> {
        Self::from(|name| match env::var(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
        })
    }

    /// Reads the environment through `variable`.
    pub(crate) fn from(
        variable: impl Fn(&str) -> Result<Option<String>, String>,
    ) -> Result<Self, String> {
        let url = variable(URL)?.ok_or_else(|| {
            format!(
                "{URL} is not set: it must be the base URL of the master's API, \
                 such as http://127.0.0.1:8081"
            )
        })?;
        let key = match (variable(KEY_FILE)?, variable(KEY)?) {
            (Some(path), _) => KeySource::File(path.into()),
            (None, Some(key)) => KeySource::Given(key),
            (None, None) => return Err(no_key()),
        };
        let access = Self { base: base(&url)?, key };
        access.key()?;
        Ok(access)
    }

    /// The current key, marked as sensitive. If the key is in a file, reads the file.
    pub(crate) fn key(&self) -> Result<HeaderValue, String> {
        let (text, origin) = match &self.key {
            KeySource::Given(key) => (key.clone(), KEY.to_owned()),
            KeySource::File(path) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    format!("cannot read the API's key from {}: {error}", path.display())
                })?;
                (text, format!("{KEY_FILE}, {}", path.display()))
            }
        };
        header(text.trim()).ok_or_else(|| {
            format!("the API's key ({origin}) is empty or has characters that HTTP cannot carry")
        })
    }
}

fn no_key() -> String {
    format!(
        "neither {KEY_FILE} nor {KEY} is set: one of them must give the key of the master's API"
    )
}

fn header(key: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(key).ok().filter(|value| !value.is_empty())?;
    value.set_sensitive(true);
    Some(value)
}

/// Checks the URL and removes the slash at its end. Keeps a path before `/api/v1`, because a proxy
/// may serve the API below a path.
fn base(url: &str) -> Result<String, String> {
    let is_base = |uri: &Uri| uri.scheme_str() == Some("http") && is_plain(uri);
    let is_whole = !url.contains('#') && url.parse().is_ok_and(|uri| is_base(&uri));
    if is_whole {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    // Do not show the URL: it may contain a password.
    Err(format!(
        "{URL} must be http://host:port (https is not built in), without a user, a query or a \
         fragment"
    ))
}

fn is_plain(uri: &Uri) -> bool {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    !authority.is_empty() && !authority.contains('@') && uri.query().is_none()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tempfile::NamedTempFile;

    use super::Access;

    fn access(variables: &[(&str, &str)]) -> Result<Access, String> {
        Access::from(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        })
    }

    #[track_caller]
    fn refused(variables: &[(&str, &str)]) -> String {
        access(variables).err().expect("it should be refused")
    }

    fn file(text: &str) -> NamedTempFile {
        let mut file = NamedTempFile::new().expect("a temporary file");
        file.write_all(text.as_bytes()).expect("the file takes it");
        file
    }

    const URL: (&str, &str) = ("PDNS_API_URL", "http://127.0.0.1:8081/");

    #[test]
    fn the_key_is_read_from_the_environment() {
        let access = access(&[URL, ("PDNS_API_KEY", " secret ")]).expect("this is enough");
        assert_eq!(access.base, "http://127.0.0.1:8081");
        assert_eq!(access.key().expect("a key"), "secret");
    }

    #[test]
    fn the_file_wins_and_is_read_again_for_each_call() {
        let file = file("first\n");
        let path = file.path().display().to_string();
        let variables = [URL, ("PDNS_API_KEY", "other"), ("PDNS_API_KEY_FILE", &path)];
        let access = access(&variables).expect("this is enough");
        assert_eq!(access.key().expect("a key"), "first");
        std::fs::write(&path, "second\n").expect("the file can be written");
        assert_eq!(access.key().expect("a key"), "second");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(refused(&[]).starts_with("PDNS_API_URL is not set"));
        assert!(refused(&[URL]).starts_with("neither PDNS_API_KEY_FILE nor PDNS_API_KEY is set"));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_and_the_other_key_is_not_taken_instead() {
        let path = ("PDNS_API_KEY_FILE", "/nowhere/key");
        let said = refused(&[URL, ("PDNS_API_KEY", "other"), path]);
        assert!(said.starts_with("cannot read the API's key from /nowhere/key: "), "{said}");
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_being_told() {
        let file = file(" \n");
        let path = file.path().display().to_string();
        assert!(refused(&[URL, ("PDNS_API_KEY_FILE", &path)]).contains("is empty"));
        let said = refused(&[URL, ("PDNS_API_KEY", "hidden\u{1}")]);
        assert!(!said.contains("hidden"), "{said}");
    }

    #[test]
    fn a_url_that_is_no_base_is_refused_without_being_told() {
        for url in [
            "127.0.0.1:8081",
            "ftp://h",
            "http://",
            "http://u:secret@h",
            "http://h/?q",
            "http://h/#f",
            "https://h",
            "x y",
        ] {
            let said = refused(&[("PDNS_API_URL", url), ("PDNS_API_KEY", "k")]);
            assert!(said.contains("PDNS_API_URL") && !said.contains("secret"), "{said}");
        }
    }
}
