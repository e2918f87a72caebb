//! Why there is no key, in words.

use std::io;
use std::path::{Path, PathBuf};

use crate::keys::{IdentityError, OpenError, UnusedKey, UnusedKind};
use crate::report::{Command, Explain, Kind, Message, Report, plain_io, shell_quote};
use crate::vault::Recipient;

/// Why there is no key.
#[derive(Debug)]
pub enum KeyError {
    Missing {
        path: PathBuf,
    },
    Read {
        path: PathBuf,
        error: io::Error,
    },
    /// Others can read the file.
    Exposed {
        path: PathBuf,
        /// Why that cannot be changed.
        fixed: Option<FixedMode>,
        named: Named,
    },
    /// The text is not that of a key file.
    Unusable {
        source: String,
        error: IdentityError,
    },
    /// `ETUI_KEY_COMMAND` failed.
    Command {
        status: String,
    },
    NoTerminal {
        source: String,
    },
    WrongPassphrase {
        source: String,
        tries: usize,
    },
    /// The file is behind a passphrase, and damaged.
    Damaged {
        source: String,
    },
    /// The file, or the block that begins in this line, is encrypted to other keys, which did not open it.
    Sealed {
        source: String,
        line: usize,
        error: OpenError,
    },
    /// The key is in hardware and has no signing key.
    ReadsOnly {
        program: String,
        recipient: Option<Recipient>,
    },
}

impl KeyError {
    pub(super) fn is_plugin(&self) -> bool {
        matches!(self, KeyError::Sealed { error: OpenError::Plugin(_), .. })
    }
}

/// Why the mode of a file cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixedMode {
    /// The file is where nothing can be written, such as a secret of a container.
    ReadOnly,
    /// The file belongs to another user.
    Owner,
    /// The drive keeps no modes.
    NoModes,
}

/// What names the key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Option,
    Variable,
    Nothing,
}

impl Explain for KeyError {
    fn explain(&self) -> Report {
        let no_access = |code, message: String| Report::new(Kind::NoAccess, code, message);
        match self {
            KeyError::Missing { path } => {
                no_access("no_identity", format!("no key on this laptop: {} does not exist", path.display()))
                    .hint("name one with `-i FILE` or `ETUI_KEY_FILE`")
                    .hint(Message::from("new to the team? ").command(Command::without_vault("join")))
                    .hint(Message::from("have it on paper? ").command(Command::without_vault("key restore")))
            }
            KeyError::Read { path, error } => {
                let report =
                    Report::new(Kind::Failed, "io", format!("cannot read {}: {}", path.display(), plain_io(error)));
                match error.kind() {
                    io::ErrorKind::PermissionDenied => {
                        report.hint(format!("see who may read it: `ls -l {}`", path.display()))
                    }
                    _ => report,
                }
            }
            KeyError::Exposed { path, fixed, named } => exposed(path, *fixed, *named),
            KeyError::Unusable { source, error } => unusable(source, error),
            KeyError::Command { status } => {
                no_access("key_command", format!("the command in `ETUI_KEY_COMMAND` failed: {status}"))
            }
            KeyError::NoTerminal { source } => {
                let unlock = Command::without_vault("unlock");
                let message = format!("{source} is behind a passphrase, and there is no terminal to ask for it");
                no_access("passphrase_unasked", message)
                    .hint(Message::from("first, on a terminal: ").command(unlock))
                    .hint("`ETUI_KEY_COMMAND` can print the key")
            }
            KeyError::WrongPassphrase { source, tries } => {
                no_access("passphrase_wrong", format!("{source} stays locked after {tries} wrong passphrases"))
                    .hint("your backup of the key may have no passphrase")
            }
            KeyError::Damaged { source } => {
                no_access("bad_identity", format!("{source} is damaged, or not a key file")).hint("restore your backup")
            }
            KeyError::Sealed { error: OpenError::Plugin(error), .. } => error.explain(),
            KeyError::Sealed { source, line, error } => {
                let source = if *line == 1 { source.clone() } else { format!("line {line} of {source}") };
                match error {
                    OpenError::NoKey => {
                        no_access("identity_sealed", format!("{source} is encrypted to a key that is not here"))
                            .hint("name that key's file too: `-i FILE`")
                    }
                    _ => no_access("bad_identity", format!("{source} is damaged, or holds no key"))
                        .hint("restore your backup"),
                }
            }
            KeyError::ReadsOnly { program, recipient } => {
                let recipient = recipient.as_ref().map(|recipient| format!(", {recipient},")).unwrap_or_default();
                let message = format!("your key of {program}{recipient} only reads: it has no signing key");
                no_access("no_signing_key", message)
                    .hint(Message::from("to make one: ").command(Command::without_vault("join")))
            }
        }
    }
}

fn exposed(path: &Path, fixed: Option<FixedMode>, named: Named) -> Report {
    let (shown, quoted) = (path.display(), shell_quote(&path.to_string_lossy()).into_owned());
    let report = |message: String| Report::new(Kind::NoAccess, "identity_exposed", message);
    let Some(fixed) = fixed else {
        return report(format!("others can read the key {shown}")).hint(format!("`chmod 600 {quoted}`"));
    };
    let why = match fixed {
        FixedMode::ReadOnly => "its file system is read-only",
        FixedMode::Owner => "it belongs to another user",
        FixedMode::NoModes => "its drive keeps no modes",
    };
    // A command's output has no mode. It counts only if nothing names a file.
    let cat = format!("cat {quoted}");
    let export = format!("export ETUI_KEY_COMMAND={}", shell_quote(&cat));
    let hint = match named {
        Named::Option => format!("leave out `-i`, after `{export}`"),
        Named::Variable => format!("`unset ETUI_KEY_FILE; {export}`"),
        Named::Nothing => format!("`{export}`"),
    };
    report(format!("others can read the key {shown}, and `chmod` cannot change that: {why}")).hint(hint)
}

fn unusable(source: &str, error: &IdentityError) -> Report {
    let bad = |message: String| Report::new(Kind::NoAccess, "bad_identity", message);
    match error {
        IdentityError::Empty => bad(format!("{source} holds no key")),
        IdentityError::Unused(UnusedKey { kind: UnusedKind::Public, .. }) => {
            let report = bad(format!("{source} is a public key, which opens nothing"));
            match source.strip_suffix(".pub") {
                Some(private) => report.hint(format!("the private key is beside it: `-i {}`", shell_quote(private))),
                None => report.hint("a private age key begins with `AGE-SECRET-KEY-1`"),
            }
        }
        IdentityError::Unused(UnusedKey { line, kind }) => {
            bad(format!("{source} holds no key that opens a vault: line {line} is {kind}"))
                .hint(Message::from("for an age key: ").command(Command::without_vault("key new")))
        }
        IdentityError::Line(line) => {
            bad(format!("{source} is not a key file: line {line} is neither a key nor a comment"))
                .hint("an age key begins with `AGE-SECRET-KEY-1`")
        }
        IdentityError::Signing(line) => {
            bad(format!("line {line} of {source} is not the signing key that etui wrote there"))
                .hint("restore your backup of it")
        }
        IdentityError::Ssh => {
            bad(format!("{source} is not an ssh-ed25519 key, the only ssh kind that opens age files"))
                .hint("`ssh-keygen -t ed25519`")
                .hint(Message::from("for an age key: ").command(Command::without_vault("key new")))
        }
    }
}

explained!(KeyError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_whose_mode_cannot_be_changed_is_piped() {
        let cat = r"export ETUI_KEY_COMMAND='cat '\''/a b/k'\'''";
        for (fixed, named, why, hint) in [
            (None, Named::Option, "", "`chmod 600 '/a b/k'`".to_owned()),
            (
                Some(FixedMode::ReadOnly),
                Named::Option,
                ", and `chmod` cannot change that: its file system is read-only",
                format!("leave out `-i`, after `{cat}`"),
            ),
            (
                Some(FixedMode::Owner),
                Named::Variable,
                ", and `chmod` cannot change that: it belongs to another user",
                format!("`unset ETUI_KEY_FILE; {cat}`"),
            ),
            (
                Some(FixedMode::NoModes),
                Named::Nothing,
                ", and `chmod` cannot change that: its drive keeps no modes",
                format!("`{cat}`"),
            ),
        ] {
            let report = KeyError::Exposed { path: "/a b/k".into(), fixed, named }.explain();
            assert_eq!(report.message.to_string(), format!("others can read the key /a b/k{why}"));
            assert_eq!(report.hints.iter().map(ToString::to_string).collect::<Vec<_>>(), [hint]);
        }
    }
}
