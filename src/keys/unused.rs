//! Keys of a key file that open no vault.

use std::fmt;

/// A key that stands in a key file and opens no vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedKey {
    /// Where it begins, counted from 1.
    pub line: usize,
    pub kind: UnusedKind,
}

/// Why a key opens no vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnusedKind {
    PostQuantum,
    Public,
    /// It is behind a passphrase, in a file that holds another key in the clear.
    Locked,
    /// An ssh key of another kind than ssh-ed25519, or something else between `-----BEGIN` and `-----END`.
    Other,
}

impl fmt::Display for UnusedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnusedKind::PostQuantum => {
                f.write_str("a post-quantum key, which the age library of etui does not support yet")
            }
            UnusedKind::Public => f.write_str("a public key"),
            UnusedKind::Locked => f.write_str("a key behind a passphrase, which needs a file of its own"),
            UnusedKind::Other => f.write_str("neither an age key nor an ssh-ed25519 key"),
        }
    }
}
