//! What an entry in the main thread's epoll is about. The kernel stores a number for each entry;
//! inside flagman there is only this type.

use crate::decider::ActionId;

/// What became ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A signal is pending.
    Signals,
    /// The watcher has something for the main thread.
    Wake,
    /// Something that this action waits for.
    Action(ActionId),
}

/// The kinds, in the upper half of the number. The lower half distinguishes entries of one kind.
const SIGNALS: u32 = 0;
const WAKE: u32 = 1;
const ACTION: u32 = 2;

impl From<Token> for u64 {
    fn from(token: Token) -> Self {
        let (kind, which) = match token {
            Token::Signals => (SIGNALS, 0),
            Token::Wake => (WAKE, 0),
            Token::Action(ActionId(id)) => (ACTION, id),
        };
        u64::from(kind) << 32 | u64::from(which)
    }
}

impl Token {
    /// The token that was converted to this number; `None` if no token has it.
    pub(crate) fn from_data(data: u64) -> Option<Self> {
        let which = u32::try_from(data & u64::from(u32::MAX)).ok()?;
        match u32::try_from(data >> 32).ok()? {
            SIGNALS => Some(Self::Signals),
            WAKE => Some(Self::Wake),
            ACTION => Some(Self::Action(ActionId(which))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ActionId, Token};

    #[test]
    fn a_token_comes_back_from_its_number() {
        let actions = [0, 1, u32::MAX].map(|id| Token::Action(ActionId(id)));
        for token in [Token::Signals, Token::Wake].into_iter().chain(actions) {
            assert_eq!(Token::from_data(token.into()), Some(token));
        }
        assert_eq!(Token::from_data(u64::MAX), None);
    }
}
