//! The action's arguments: which server to ask, for which zone, and about which names.
//!
//! Has no side effects, so that `--check` and set-up read the arguments in the same way.

use std::net::Ipv6Addr;

use flagman_action::Arguments;
use hickory_proto::rr::Name;

/// A check of resolved DNS records: asks a zone's master for the addresses of names, and lets it
/// send NOTIFY for the zone when they have changed.
///
/// The master (`host`, `host:port` or `[v6]:port`) is asked directly; its API's URL and key come
/// from the environment: `PDNS_API_URL`, and `PDNS_API_KEY_FILE` or `PDNS_API_KEY`.
#[derive(Arguments, Clone, Debug, PartialEq, Eq)]
pub struct DnsCheckArguments {
    /// The address of the hidden master; its port is 53 unless given.
    pub master: String,
    /// The zone that the master announces.
    pub zone: String,
    /// The names to watch, at least one, each of them in the zone.
    pub name: Vec<String>,
}

/// The address of the master. The host may still have to be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// The parsed arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) master: Endpoint,
    pub(crate) zone: Name,
    /// Sorted, without duplicates.
    pub(crate) names: Vec<Name>,
}

impl Watched {
    /// Parses the arguments. The error is a sentence that names the argument and its value.
    pub(crate) fn read(arguments: &DnsCheckArguments) -> Result<Self, String> {
        let master = endpoint(&arguments.master)?;
        let zone = dns_name("zone", &arguments.zone)?;
        let watch = |word: &String| name_in(&zone, word);
        let mut names: Vec<Name> = arguments.name.iter().map(watch).collect::<Result<_, _>>()?;
        if names.is_empty() {
            return Err("its argument `name` is missing: at least one name to watch".to_owned());
        }
        names.sort();
        names.dedup();
        Ok(Self { master, zone, names })
    }
}

fn name_in(zone: &Name, word: &str) -> Result<Name, String> {
    let name = dns_name("name", word)?;
    if zone.zone_of(&name) {
        return Ok(name);
    }
    let zone = shown(zone);
    Err(format!("its argument `name` must be in the zone `{zone}`, not `{word}`"))
}

/// A name as users write it, without the dot at its end.
pub(crate) fn shown(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_owned()
}

/// The fully qualified name for `word`. The dot at its end is optional.
fn dns_name(argument: &str, word: &str) -> Result<Name, String> {
    let name = word.strip_suffix('.').unwrap_or(word);
    let is_valid = name.len() <= 253 && name.split('.').all(is_label);
    let parsed = if is_valid { Name::from_ascii(format!("{name}.")).ok() } else { None };
    parsed.map(|name| name.to_lowercase()).ok_or_else(|| {
        format!(
            "its argument `{argument}` must be a DNS name (letters, digits, `-` and `_`, an \
             international one as `xn--...`), not `{word}`"
        )
    })
}

/// Whether this is a label of letters, digits, hyphens and underscores, or the wildcard.
fn is_label(label: &str) -> bool {
    let ordinary = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&label.len()) && label.bytes().all(ordinary)
}

fn endpoint(word: &str) -> Result<Endpoint, String> {
    let (host, port) = split_port(word).ok_or_else(|| wrong_master(word))?;
    let port = match port {
        Some(port) => port.parse().ok().filter(|port| *port != 0),
        None => Some(53),
    };
    let host = host.to_owned();
    port.map(|port| Endpoint { host, port }).ok_or_else(|| wrong_master(word))
}

/// Splits `host`, `host:port`, `[v6]`, `[v6]:port` or a bare `v6`.
fn split_port(word: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = word.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        return match after {
            "" => Some((host, None)),
            _ => Some((host, Some(after.strip_prefix(':')?))),
        };
    }
    if word.parse::<Ipv6Addr>().is_ok() {
        return Some((word, None));
    }
    let (host, port) = word.split_once(':').map_or((word, None), |(host, port)| (host, Some(port)));
    let host_is_valid = host.strip_suffix('.').unwrap_or(host).split('.').all(is_label);
    host_is_valid.then_some((host, port))
}

fn wrong_master(word: &str) -> String {
    format!("its argument `master` must be host:port, [address]:port or a host, not `{word}`")
}

#[cfg(test)]
mod tests {
    use super::{DnsCheckArguments, Watched, shown};

    fn read(master: &str, zone: &str, names: &[&str]) -> Result<Watched, String> {
        let name = names.iter().map(ToString::to_string).collect();
        let arguments = DnsCheckArguments { master: master.into(), zone: zone.into(), name };
        Watched::read(&arguments)
    }

    #[track_caller]
    fn refused(master: &str, zone: &str, names: &[&str]) -> String {
        read(master, zone, names).expect_err("it should be refused")
    }

    #[test]
    fn the_master_has_a_host_and_perhaps_a_port() {
        for (word, host, port) in [
            ("127.0.0.1:5300", "127.0.0.1", 5300),
            ("ns.example.test", "ns.example.test", 53),
            ("ns.example.test.:54", "ns.example.test.", 54),
            ("[::1]:5300", "::1", 5300),
            ("[::1]", "::1", 53),
            ("::1", "::1", 53),
        ] {
            let master = read(word, "z.test", &["z.test"]).expect(word).master;
            assert_eq!((master.host.as_str(), master.port), (host, port), "{word}");
        }
    }

    #[test]
    fn a_master_that_is_none_is_named() {
        for word in ["", ":53", "host:", "host:0", "host:65536", "[::1", "[::1]53", "a b", "[x]:5"]
        {
            let said = refused(word, "z.test", &["z.test"]);
            assert!(said.contains("`master`") && said.contains(&format!("`{word}`")), "{said}");
        }
    }

    #[test]
    fn the_last_dot_and_the_case_of_a_name_make_no_difference() {
        let watched = read("m", "Example.test.", &["WWW.example.test", "www.example.test."]);
        let watched = watched.expect("these are names");
        assert_eq!(shown(&watched.zone), "example.test");
        assert_eq!(watched.names.iter().map(shown).collect::<Vec<_>>(), ["www.example.test"]);
    }

    #[test]
    fn the_zone_itself_and_names_with_underscores_can_be_watched() {
        let watched = read("m", "example.test", &["example.test", "_a.b-c.example.test"]);
        assert_eq!(watched.expect("these are names").names.len(), 2);
    }

    #[test]
    fn a_name_that_dns_does_not_have_is_named() {
        let long = "a".repeat(64);
        for word in ["", ".", "a..test", "-é.test", "a b.test", &format!("{long}.test")] {
            let said = refused("m", word, &["www.example.test"]);
            assert!(said.contains("`zone`") && said.contains(&format!("`{word}`")), "{said}");
        }
    }

    #[test]
    fn a_name_outside_the_zone_is_refused_as_its_notify_would_not_help_it() {
        let said = refused("m", "example.test", &["www.example.test", "www.other.test"]);
        let expected =
            "its argument `name` must be in the zone `example.test`, not `www.other.test`";
        assert_eq!(said, expected);
    }

    #[test]
    fn at_least_one_name_is_needed() {
        assert!(refused("m", "example.test", &[]).contains("`name` is missing"));
    }
}
