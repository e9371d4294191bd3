//! The descriptors that a service manager passes (`sd_listen_fds(3)`). flagman has no use for them,
//! and its children must not inherit them: a socket stays open as long as any process holds it.

/// The first of them.
const FIRST: i32 = 3;

/// Keeps them from being inherited by children. Call it before this process opens or starts anything.
///
/// `LISTEN_PID` names the process that they are for; if that is another one, they are left alone. No
/// manager passes more than [`u16::MAX`], so a nonsensical count does not take long.
pub(crate) fn keep_to_ourselves() {
    if number::<u32>("LISTEN_PID") != Some(std::process::id()) {
        return;
    }
    let count = number::<u16>("LISTEN_FDS").unwrap_or_default();
    (FIRST..).take(count.into()).for_each(flagman_sys::set_close_on_exec);
}

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}
