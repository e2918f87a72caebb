//! A vault or a sealed environment that this machine does not trust, and what to do about it.

use super::locate::{Origin, restore_section};
use crate::report::{Command, Explain, Kind, Message, Report, and, count};
use crate::vault::trust::InItsPlace;
use crate::vault::{Distrust, Head, MemberName, MissingChanges, TeamName, VaultFingerprint};

/// A vault that is whole and signed, but that this machine does not trust.
#[derive(Debug, Clone)]
pub struct Untrusted {
    pub at: Box<Origin>,
    pub reason: Reason,
    /// Who wrote it, as it claims.
    pub by: MemberName,
    /// Whether it is a sealed environment. Its machine may have no vault, which `trust` could look at.
    pub is_sealed: bool,
}

/// Why a vault is not trusted.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// Another vault belongs to this location, or to this team.
    OtherVault {
        team: TeamName,
        found: Option<VaultFingerprint>,
        known: Option<VaultFingerprint>,
        /// Where else the known vault was seen.
        at: Option<String>,
    },
    /// `ETUI_TRUST` demands another.
    OtherThanDemanded { demanded: VaultFingerprint, found: Option<VaultFingerprint> },
    /// A sealed environment is of another context than the file held before, or than the options name.
    OtherContext { demanded: String, found: String },
    /// A sealed environment is of another vault than the file held before.
    SealedByOther { found: Option<VaultFingerprint>, known: VaultFingerprint },
    /// A sealed environment lacks this many changes of the vault that were seen in others.
    OldEnvironment { changes: u64 },
    /// It is a closed section, of which `ETUI_TRUST` says nothing.
    NotCovered { is_token: bool },
    /// The pins do not accept it.
    Distrust(Distrust),
}

impl From<Distrust> for Reason {
    fn from(distrust: Distrust) -> Reason {
        Reason::Distrust(distrust)
    }
}

impl Untrusted {
    pub fn new(at: Origin, head: &Head, reason: impl Into<Reason>) -> Untrusted {
        Untrusted { at: at.into(), reason: reason.into(), by: head.written_by.clone(), is_sealed: false }
    }

    /// The same for a sealed environment.
    pub fn sealed(at: Origin, head: &Head, reason: impl Into<Reason>) -> Untrusted {
        Untrusted { is_sealed: true, ..Untrusted::new(at, head, reason) }
    }

    fn report(&self, code: &'static str, message: impl Into<Message>) -> Report {
        Report::new(Kind::Damaged, code, message)
    }
}

impl Explain for Untrusted {
    fn explain(&self) -> Report {
        let Untrusted { at: path, reason, by, is_sealed } = self;
        let trust = || Command::new("trust");
        let ask = || match is_sealed {
            true => seal_again("ask a member of the vault to seal it again"),
            false => Message::from(format!("ask {by}; to see what differs, and accept it: ")).command(trust()),
        };
        let fingerprint = |print: &Option<VaultFingerprint>| print.as_ref().map_or("none".into(), ToString::to_string);
        let not_trusted = |detail: String| format!("{path} was not written by anyone this laptop trusts: {detail}");
        match reason {
            Reason::OtherVault { team, found, known, at } => {
                let at = at.as_ref().map(|at| format!(", at {at}")).unwrap_or_default();
                let (found, known) = (fingerprint(found), fingerprint(known));
                let what = format!("{path} is not the vault of team {team} that this laptop knows");
                self.report(
                    "vault_other",
                    format!("{what}: its vault fingerprint is {found}, not {known}{at}; {by} wrote it"),
                )
                .hint(ask())
            }
            Reason::OtherThanDemanded { demanded, found } => {
                let found = fingerprint(found);
                let message = format!(
                    "{path} is not the vault that `ETUI_TRUST` demands: its vault fingerprint is {found}, not {demanded}"
                );
                let compare = Message::from("compare the vault fingerprint with another member");
                let compare = if *is_sealed { compare } else { compare.text(": ").command(trust()) };
                self.report("vault_other", message).hint(compare)
            }
            Reason::OtherContext { demanded, found } => self
                .report("other_context", format!("{path} was sealed for {found}, not for {demanded}"))
                .hint(seal_again("seal it again, in the right context")),
            Reason::SealedByOther { found, known } => {
                let found = fingerprint(found);
                self.report(
                    "vault_other",
                    format!("{path} is of another vault than before: vault fingerprint {found}, not {known}"),
                )
                .hint(format!("if you know that vault: `ETUI_TRUST={found}`"))
            }
            Reason::OldEnvironment { changes } => {
                let changes = count(*changes as usize, "change");
                let message = format!("{path} is older than what this machine has seen: the vault had {changes} more");
                self.report("rolled_back", message).hint(seal_again("seal it again"))
            }
            Reason::NotCovered { is_token } => {
                let trust = if *is_token { "the token in `ETUI_TRUST`" } else { "the fingerprint in `ETUI_TRUST`" };
                let export = Message::from("a member of that section prints a token that does: ");
                self.report("section_not_covered", format!("{trust} does not cover {path}"))
                    .hint(export.command(Command::new("trust").arg("--export")))
            }
            Reason::Distrust(distrust) => self.explain_distrust(distrust, &not_trusted, ask()),
        }
    }
}

impl Untrusted {
    fn bring_back(&self) -> Message {
        let newer = Message::from("restore the newer file, for example with `git pull` or from a backup");
        match &self.at.section {
            // Its members alone write it, and the vault around it may be good.
            Some(section) => newer.text("; or the section alone: ").command(restore_section(section)),
            None => newer,
        }
    }

    fn explain_distrust(&self, distrust: &Distrust, not_trusted: &dyn Fn(String) -> String, ask: Message) -> Report {
        let (path, by) = (&self.at, &self.by);
        // What a vault itself contradicts, nobody can accept.
        let restore = || format!("restore a good copy, from git or a backup, and ask {by} about this one");
        match distrust {
            Distrust::Founder { found } => self
                .report("not_trusted", not_trusted(format!("another member founded it, vault fingerprint {found}")))
                .hint(ask),
            Distrust::NoRoot => {
                self.report("not_trusted", not_trusted("its members have no single root".to_owned())).hint(restore())
            }
            Distrust::BadStep => self
                .report(
                    "not_trusted",
                    not_trusted("it does not prove how its root took the founder's place".to_owned()),
                )
                .hint(restore()),
            Distrust::StepByRemoved { name } => self
                .report("not_trusted", not_trusted(format!("its root changed by {name}, who was removed")))
                .hint(ask),
            Distrust::Unendorsed { names } => {
                let message = format!("{} endorsed by no member of {path}; {by} wrote it", members(names, "is", "are"));
                self.report("not_endorsed", message).hint(restore())
            }
            Distrust::Card { name } => {
                let message = format!("the key and the recipient of {name} in {path} do not belong together");
                self.report("bad_card_signature", format!("{message}; {by} wrote it")).hint(restore())
            }
            Distrust::Twice { name } => {
                let message = format!("another member of {path} has the key or the recipient of {name}");
                self.report("not_endorsed", format!("{message}; {by} wrote it")).hint(restore())
            }
            Distrust::Back { names } => {
                let again = if names.len() == 1 { "is" } else { "are" };
                let message = format!("{} removed, and {again} in {path} again", members(names, "was", "were"));
                self.report("member_back", format!("{message}; {by} wrote it")).hint(restore())
            }
            Distrust::SignedByRemoved { signer, removed } => {
                let through = format!("{signer}, a member through {removed}, who was removed");
                let author = if signer == removed { format!("{signer}, who was removed") } else { through };
                let report = self.report("signer_removed", not_trusted(format!("{author}, wrote it")));
                if self.is_sealed {
                    return report.hint(ask);
                }
                let newer = Message::from("get the newer vault: ").command(Command::new("sync"));
                report
                    .hint(newer.text(" or `git merge`"))
                    .hint(Message::from("if that removal was a mistake: ").command(Command::new("trust")))
            }
            Distrust::Behind(lack) => {
                let message = format!("{path} is older than what this laptop has seen: it lacks {}", changes(lack));
                self.report("rolled_back", message).hint(self.bring_back()).hint(given_up())
            }
            Distrust::Beside(lack) => self
                .report("beside", format!("{path}, written by {by}, lacks {}", changes(lack)))
                .hint(self.bring_back())
                .hint(given_up()),
            Distrust::Unclosed { section, .. } if self.is_sealed => {
                let message = format!("{path} does not prove that {section} is closed as it was; {by} sealed it");
                self.report("section_replaced", message).hint(ask)
            }
            Distrust::Unclosed { section, known, place } => {
                let message = match place {
                    InItsPlace::NotClosed => {
                        format!("{section} of {path} was closed, and is open or gone; {by} wrote it")
                    }
                    InItsPlace::Renamed { now } => {
                        format!("closed {section} of {path} has become {now}; {by} wrote it")
                    }
                    InItsPlace::Other { found } => {
                        format!("{section} of {path} is another vault than before: {found}, not {known}; {by} wrote it")
                    }
                };
                let report = self.report("section_replaced", message);
                let trust = Message::from("if it was done on purpose, accept it: ").command(Command::new("trust"));
                if matches!(place, InItsPlace::Renamed { .. }) {
                    return report.hint(trust);
                }
                let restore = Message::from("its members bring it back, from an older copy of the vault: ");
                report.hint(restore.command(restore_section(section))).hint(trust)
            }
            Distrust::BehindToken { changes } => {
                let changes = count(*changes as usize, "change");
                let message = format!("{path} is older than `ETUI_TRUST` demands: it lacks {changes}");
                self.report("rolled_back", message).hint("fetch the newer vault, or export a new token")
            }
        }
    }
}

fn seal_again(lead: &str) -> Message {
    let seal = Command::new("resolve --recipient AGE1…").arg("--output FILE");
    Message::from(format!("{lead}: ")).command(seal)
}

fn given_up() -> Message {
    Message::from("if it was dropped on purpose, as by `git merge --abort`, or is lost: ")
        .command(Command::new("trust"))
}

fn changes(lack: &MissingChanges) -> String {
    let MissingChanges { changes, by, at } = lack;
    format!("{} that this laptop has seen, the last by {by} at {at}", count(*changes as usize, "change"))
}

/// Names members, with the verb that fits their number.
fn members(names: &[MemberName], one: &str, many: &str) -> String {
    if names.len() == 1 { format!("member {} {one}", and(names)) } else { format!("members {} {many}", and(names)) }
}

explained!(Untrusted);
