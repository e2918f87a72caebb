//! The words of each error: message, hint, code and exit, in one table.

use std::io;
use std::os::unix::process::ExitStatusExt as _;

use super::model::{change, resolve};
use super::trust::{member, memory, strange};
use super::{Damage, Error, Report, in_team, option};
use crate::formats::FormatError;
use crate::git::CommitRisk;
use crate::keys::{IdentityError, Purpose};
use crate::report::{and, count, or};
use crate::store::{Holder, LinkError, ScratchError};
use crate::vault::near::nearest;
use crate::vault::{TeamName, ValueError};

impl Report {
    /// The error in JSON.
    pub fn document(&self) -> serde_json::Value {
        let Report { code, exit, message, hint } = self;
        serde_json::json!({"error": {"code": code, "exit": exit, "message": message, "hint": hint}})
    }
}

impl Error {
    /// The error in words: message, hint, exit code.
    pub fn report(&self) -> Report {
        let say = |exit, code, message: String, hint: Option<String>| Report { code, exit, message, hint };
        match self {
            Error::Declined => say(1, "declined", "nothing was changed".into(), None),
            Error::OutputClosed => say(0, "output_closed", String::new(), None),
            Error::Output(error) => say(1, "output", format!("cannot write the output: {}", plain(error)), None),
            Error::Input { what, error } => {
                say(1, "input", format!("cannot read {}: {}", what.display(), plain(error)), None)
            }
            Error::Io { doing, path, error } => {
                let hint = match error.kind() {
                    io::ErrorKind::PermissionDenied if *doing == "read" => {
                        Some(format!("see who may read it: ls -l {}", path.display()))
                    }
                    _ if *doing == "read" => None,
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                        Some("nothing was changed; make room and run it again".into())
                    }
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                        Some("nothing was changed; see who may write there: ls -ld".into())
                    }
                    _ => None,
                };
                say(1, "io", format!("cannot {doing} {}: {}", path.display(), plain(error)), hint)
            }
            Error::Git { said } => say(1, "git", format!("git: {said}"), None),
            Error::NoHome => say(
                1,
                "no_home",
                "no home directory".into(),
                Some("set HOME, or ETUI_HOME to a directory for etui alone".into()),
            ),
            Error::Newer { path, needs } => say(
                1,
                "vault_newer",
                format!("{} has {needs}, which etui {} does not know", path.display(), env!("CARGO_PKG_VERSION")),
                Some("install a newer etui; this one would misread the vault".into()),
            ),
            Error::FormatCannot { format, cannot: FormatError { name, why, instead } } => {
                say(1, "format_cannot", format!("{format} cannot hold {name}: {why}"), Some((*instead).into()))
            }
            Error::Sharing(sharing) => sharing.report(),
            Error::OptionOf { option, of } => {
                say(2, "usage", format!("{option} is for {of}"), Some(format!("--format {of}")))
            }
            Error::Reserved { name, why, always } => say(
                2,
                "reserved_name",
                format!("{name} is a reserved name: {why}"),
                (!always).then(|| "another name; or --allow-reserved, if that is what you want".into()),
            ),
            Error::SecretUnnamed => say(
                2,
                "secret_unnamed",
                "a Kubernetes Secret must be called something".into(),
                Some("--format k8s --name web-env".into()),
            ),
            Error::NeedsRun { name } => say(
                1,
                "needs_run",
                format!("{name} is to be a file, which only a running command can be given"),
                Some("etui run -- COMMAND, or --only the other names".into()),
            ),
            Error::TooLargeToRun { name, size, limit } => say(
                1,
                "environment_too_large",
                format!("{name} has {size} bytes with its name; this system takes {limit} for one variable"),
                Some(format!("--except {name}, and give it as a file: etui use {name} --as {name}_FILE --as-file")),
            ),
            Error::EnvironmentTooLarge { size, limit, largest } => {
                let limit =
                    limit.map_or("more than this system takes".into(), |limit| format!("this system takes {limit}"));
                let largest: Vec<String> = largest.iter().map(|(name, size)| format!("{name} ({size})")).collect();
                let blame = match largest.is_empty() {
                    true => String::new(),
                    false => format!("the largest are {}: --except NAME; or ", and(&largest)),
                };
                say(
                    1,
                    "environment_too_large",
                    format!("the environment and the arguments have {size} bytes; {limit}"),
                    Some(format!("{blame}raise the limit: ulimit -s")),
                )
            }
            Error::BadInput { file, line, what } => {
                let line = line.map_or(String::new(), |line| format!(":{line}"));
                say(1, "bad_input", format!("{file}{line}: {what}"), None)
            }
            Error::ImportRefused { refused, total } => say(
                1,
                "import_refused",
                format!("{refused} of {total} are refused; nothing was changed"),
                Some("mend the file, or --skip-refused".into()),
            ),
            Error::CheckMissing { file, missing, needed, place } => say(
                1,
                "check_missing",
                format!("{missing} of the {needed} names in {} are not set in {place}", file.display()),
                Some("etui explain shows what is".into()),
            ),
            Error::Mistakes { mistakes } => {
                let first = mistakes.first().map(String::as_str).unwrap_or_default();
                let more =
                    if mistakes.len() > 1 { format!(", and {} more", mistakes.len() - 1) } else { String::new() };
                say(1, "mistakes", format!("nothing was saved: {first}{more}"), None)
            }
            Error::Editor { command, status } => say(
                1,
                "editor",
                format!("nothing was changed: the editor {command} ended with {status}"),
                Some("another editor: EDITOR=nano etui edit".into()),
            ),
            Error::Scratch(ScratchError::NoMemory) => say(
                1,
                "no_memory_directory",
                "no directory of this system is in memory, and nowhere else may this stand".into(),
                Some("mount a tmpfs, and name it in XDG_RUNTIME_DIR".into()),
            ),
            Error::Scratch(ScratchError::Io(path, error)) => {
                say(1, "io", format!("cannot write {}: {}", path.display(), plain(error)), None)
            }
            Error::Ended(status) => {
                // As a shell tells it.
                let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
                say(code as u8, "ended", String::new(), None)
            }
            Error::Job { file, job, jobs } => say(
                2,
                "which_job",
                match job {
                    Some(job) => format!("{file} has no job {job}"),
                    None if jobs.is_empty() => format!("{file} has no jobs"),
                    None => format!("{file} has jobs: which one?"),
                },
                (!jobs.is_empty()).then(|| format!("--job with {}", or(jobs))),
            ),
            Error::RecipientBad => say(
                2,
                "bad_recipient",
                "that is no age recipient".into(),
                Some("it begins with age1; etui key show prints the one of a machine's key".into()),
            ),
            Error::OnTerminal => say(
                2,
                "on_terminal",
                "an encrypted file would upset the terminal".into(),
                Some("--output FILE, or a pipe".into()),
            ),
            Error::NotListed { name, file, near } => say(
                3,
                "not_listed",
                format!("{file} does not list {name}"),
                near.as_ref().map(|near| format!("did you mean {near}?")),
            ),
            Error::OutputTracked { path, kept } => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                // What a shell or git would take for a pattern or an option is not to be typed so.
                let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-/".contains(byte);
                let is_plain = path.as_os_str().as_encoded_bytes().iter().all(is_plain) && !name.starts_with('-');
                let (what, hint) = match kept {
                    CommitRisk::Tracked if is_plain => (
                        "git tracks it".to_owned(),
                        format!("git rm --cached {}, and into .gitignore; or --force", path.display()),
                    ),
                    CommitRisk::Tracked => {
                        ("git tracks it".to_owned(), "git rm --cached, and into .gitignore; or --force".to_owned())
                    }
                    CommitRisk::Addable => (
                        "git would add it: no .gitignore names it".to_owned(),
                        match is_plain {
                            true => format!("echo {name} >> .gitignore; or --force"),
                            false => "its name into .gitignore, its signs escaped; or --force".to_owned(),
                        },
                    ),
                    CommitRisk::Unknown(why) => (
                        format!("git cannot say whether it would be committed: {why}"),
                        "--force, if you know".to_owned(),
                    ),
                };
                say(4, "output_tracked", format!("{} is not written: {what}", path.display()), Some(hint))
            }
            Error::OutputPrecious { path, what } => say(
                4,
                "output_precious",
                format!("{} is not written: it is {what}", path.display()),
                Some("another FILE".into()),
            ),
            Error::BytesOnTerminal { name } => say(
                1,
                "bytes_on_terminal",
                format!("{name} is bytes, which would upset the terminal"),
                Some(format!("etui get {name} > FILE")),
            ),
            Error::KeyCommand { status } => {
                say(5, "key_command", format!("the command in ETUI_KEY_COMMAND failed: {status}"), None)
            }
            Error::Usage { message, hint } => say(2, "usage", message.clone(), Some(hint.clone())),
            Error::Name { error, typed } => say(
                2,
                "bad_name",
                match typed {
                    Some(typed) => format!("{typed}: {error}"),
                    None => error.to_string(),
                },
                Some(
                    match error.what {
                        "secret name" => "a letter, then letters, digits and _: DATABASE_URL",
                        "project or cluster id" => "a letter or digit, then letters, digits, dots, _ and -: web-eu.1",
                        _ => "a small letter or digit, then small letters, digits, dots, _ and -: acme",
                    }
                    .into(),
                ),
            ),
            Error::ValueTyped { verb, name } => say(
                2,
                "value_typed",
                "a value on the command line ends in the shell's history".into(),
                Some(format!(
                    "etui {verb} {name} asks for it; or pipe it in; or --file PATH; --value V if it may be seen"
                )),
            ),
            Error::Value { name, error } => say(
                2,
                "bad_value",
                format!("{name}: {error}"),
                match error {
                    ValueError::TooLong => Some("keep it in a file of its own, and its key here".into()),
                    _ => Some(format!("bytes are kept exactly with --file: etui set {name} --file PATH")),
                },
            ),
            Error::ValueEmpty { name, command } => say(
                2,
                "value_empty",
                format!("no value for {name}"),
                Some(format!("an empty one must be said: {command} --value ''")),
            ),
            Error::Untypable => say(
                2,
                "untypable",
                "a tab, or another character that cannot be typed at a prompt; nothing was taken".into(),
                Some("such a value comes from a file or a pipe: --file PATH".into()),
            ),
            Error::SeveralLines => say(
                2,
                "several_lines",
                "more was typed than the one line that was asked for; none of it was taken".into(),
                Some("a value of several lines comes from a file or a pipe: --file PATH".into()),
            ),
            Error::Unasked { what, way_out } => {
                say(2, "no_terminal", format!("{what}, and no terminal to ask on"), Some(way_out.clone()))
            }
            Error::SectionUnsaid => say(
                2,
                "section_unsaid",
                "which section? neither an option says it nor a link".into(),
                Some(
                    "-g for the team, -p PROJECT, -c CLUSTER, or once for this directory: etui link -p PROJECT".into(),
                ),
            ),
            Error::TwoSections => say(
                2,
                "two_sections",
                "one section is meant, and two are named".into(),
                Some("one of -g, -p PROJECT, -c CLUSTER".into()),
            ),
            Error::PlaceUnclear { typed } => {
                say(2, "bad_section", format!("{typed} is no section"), Some("team, project:ID or cluster:ID".into()))
            }
            Error::TeamUnsaid { teams } if teams.is_empty() => say(
                2,
                "no_vault",
                "there is no vault yet".into(),
                Some("etui init TEAM makes one; --vault FILE names one that is elsewhere".into()),
            ),
            Error::TeamUnsaid { teams } => say(
                2,
                "team_unsaid",
                format!("which team? there are {}", and(teams)),
                Some(format!("-t {}, or once for this directory: etui link -t {}", teams[0], teams[0])),
            ),
            Error::Date { typed } => say(
                2,
                "bad_date",
                format!("{typed} is no date and no number of days"),
                Some("90d, 2027-01-31 or 2027-01-31T12:00:00Z".into()),
            ),
            Error::Field { typed, known } => {
                say(2, "bad_field", format!("there is no field {typed}"), Some(format!("one of {}", or(known))))
            }
            Error::Cursor => say(
                2,
                "bad_cursor",
                "not a cursor of this list".into(),
                Some("the one after `more:`, with the same order".into()),
            ),
            Error::NotConfirmed { what } => {
                say(2, "not_confirmed", format!("to {what} takes a yes"), Some("say yes on a terminal, or -y".into()))
            }
            Error::Link(error) => link(error),
            Error::LinkUnaccepted { path } => say(
                2,
                "link_unaccepted",
                format!("{} does not count yet: a link is other people's file", path.display()),
                Some("look at it, then etui link --accept; or say all of it: -t TEAM -p PROJECT".into()),
            ),
            Error::Directory { path: Some(path) } => {
                say(2, "no_directory", format!("{} is no directory", path.display()), None)
            }
            Error::Directory { path: None } => say(
                2,
                "no_directory",
                "the directory that you are in is not there any more".into(),
                Some("cd to another; or --cwd /DIR".into()),
            ),
            Error::IdMissing { entity } => say(
                2,
                "id_missing",
                format!("Missing option '--id': which {entity}?"),
                Some(format!("--id ID; etui {entity} list shows them")),
            ),
            Error::NameUnchanged => say(2, "same_name", "old and new name are the same".into(), None),
            Error::VaultMissing { path, team, teams } => vault_missing(path, team.as_ref(), teams),
            Error::NothingToUse { section, team } => say(
                3,
                "nothing_to_use",
                format!("no secret applies in {}", in_team(section, team)),
                Some(format!("etui set NAME {}", option(section))),
            ),
            Error::Change { error, team } => change(error, team),
            Error::Resolve(unresolved) => resolve(unresolved),
            Error::VaultExists { path } => say(
                4,
                "vault_exists",
                format!("{} is there already", path.display()),
                Some("etui list --all shows what is in it".into()),
            ),
            Error::IdentityExists { path } => say(
                4,
                "identity_exists",
                format!("{} is there already, and a key is never written over", path.display()),
                Some("etui key show; for another one: etui key new --output FILE".into()),
            ),
            Error::NoIdentity { path } => say(
                5,
                "no_identity",
                format!("no key on this laptop: {} is not there", path.display()),
                Some("-i FILE or ETUI_KEY_FILE names one; new to the team? etui join makes one".into()),
            ),
            Error::Identity { source, error } => {
                let (why, hint) = match error {
                    IdentityError::Empty => ("holds no key".into(), None),
                    IdentityError::Line(line) => (
                        format!("is no key: line {line} is neither a key nor a comment"),
                        Some("an age key begins with AGE-SECRET-KEY-1".into()),
                    ),
                    IdentityError::Ssh => (
                        "is no key of ssh-ed25519, the kind that opens age files".into(),
                        Some("ssh-keygen -t ed25519; or an age key: etui key new".into()),
                    ),
                };
                say(5, "bad_identity", format!("{source} {why}"), hint)
            }
            Error::PassphraseUnasked { source } => say(
                5,
                "passphrase_unasked",
                format!("{source} is behind a passphrase, and there is no terminal to ask on"),
                Some("etui unlock on a terminal first; or ETUI_KEY_COMMAND prints the key".into()),
            ),
            Error::PassphraseWrong { source, tries } => say(
                5,
                "passphrase_wrong",
                format!("{source} stays locked: {tries} wrong passphrases"),
                Some("your backup of the key may have none".into()),
            ),
            Error::KeyDamaged { source } => say(
                5,
                "bad_identity",
                format!("{source} is damaged, or not a key file"),
                Some("bring back your backup".into()),
            ),
            Error::NothingKept { why } => say(
                1,
                "nothing_kept",
                format!("the key cannot be kept unlocked: {why}"),
                Some("everything else works; each command asks for the passphrase".into()),
            ),
            Error::IdentityMode { path } => say(
                5,
                "identity_exposed",
                format!("others can read the key {}", path.display()),
                Some(format!("chmod 600 {}", path.display())),
            ),
            Error::NotMember { path, who } => say(
                5,
                "not_a_member",
                format!("{} is not encrypted to this key, {who}", path.display()),
                Some("another key: -i FILE; to be added, send a member what this prints: etui key show".into()),
            ),
            Error::ReaderWrites { who, card } => say(
                5,
                "reader",
                format!("{who} may read this vault, not write it"),
                Some(match card {
                    Some(card) => format!("a writer makes {who} one by: etui member update {who} {card}"),
                    None => "an ssh key only reads; a key that writes, and what to send: etui join".into(),
                }),
            ),
            Error::NotVault { path, why } => {
                let why = match why {
                    Damage::NotAge => "is no age file".into(),
                    Damage::Sealing => "is damaged: its bytes are not those that were written".into(),
                    Damage::NotText => "holds no text".into(),
                    Damage::Trailer => "does not end with a signature".into(),
                    Damage::Signature { by } => format!("was not written by {by}, as it says: its signature is wrong"),
                    Damage::SignedByReader { by } => format!("was written by {by}, who is no writer of it"),
                    Damage::Text { line: Some(line) } => format!("is no vault: line {line} of its text"),
                    Damage::Other { found: Purpose::Environment } => {
                        "is a sealed environment, and no vault: etui run --sealed opens it".into()
                    }
                    Damage::Other { found: Purpose::Vault } => {
                        "is a vault, and no sealed environment: --vault opens it".into()
                    }
                    Damage::OtherMachine => "was sealed for another machine".into(),
                    Damage::Text { line: None } => "is no vault: its text does not hang together".into(),
                };
                say(
                    6,
                    "vault_damaged",
                    format!("{} {why}", path.display()),
                    Some("bring back a good copy, as with git checkout or from a backup; nothing was changed".into()),
                )
            }
            Error::Strange { path, why, by } => strange(path, why, by),
            Error::Memory(error) => memory(error),
            Error::CardBad => say(
                2,
                "bad_card",
                "that is no card and no recipient".into(),
                Some("etui join prints a card (etui1…); a machine's recipient is age1… or ssh-ed25519 …".into()),
            ),
            Error::Member { error, team } => member(error, team),
            Error::AuditFindings { secrets } => say(
                1,
                "audit_findings",
                format!(
                    "{} a new value",
                    if *secrets == 1 { "1 secret needs".into() } else { format!("{secrets} secrets need") }
                ),
                Some("etui generate NAME, or etui set NAME".into()),
            ),
            Error::ScanFindings { findings, files } => say(
                1,
                "scan_findings",
                format!("{} in {}", count(*findings, "finding"), count(*files, "file")),
                Some(
                    "take them out; or let one pass: etui:allow on its line, or its fingerprint in .etui.toml (scan -j)"
                        .into(),
                ),
            ),
            Error::DoctorFindings { wrong } => {
                let things = if *wrong == 1 { "1 thing is".to_owned() } else { format!("{wrong} things are") };
                say(1, "doctor_findings", format!("{things} wrong"), Some("the last column says what to type".into()))
            }
            Error::TrustBad => say(
                2,
                "bad_trust",
                "ETUI_TRUST is no fingerprint".into(),
                Some("SHA256:… as etui init and etui trust print it".into()),
            ),
            Error::MemberRecipient { name } => say(
                6,
                "member_recipient",
                format!("nothing can be encrypted to member {name}: the recipient in the vault is none"),
                Some("nothing was changed; bring back a good copy of the vault".into()),
            ),
            Error::OtherTeam { path, asked, found } => say(
                6,
                "other_team",
                format!("{} is the vault of team {found}, not of {asked}", path.display()),
                Some(format!("-t {found} if that is meant")),
            ),
            Error::NotReadBack => say(
                6,
                "not_read_back",
                "what was to be written could not be read back".into(),
                Some("nothing was changed; please report this as a fault of etui".into()),
            ),
            Error::Locked { by, waited, path } => {
                let who = match by {
                    Some(Holder { pid, host, since, command }) => {
                        format!("process {pid} on {host} ({command}) since {since}")
                    }
                    None => "another process".into(),
                };
                say(
                    7,
                    "locked",
                    format!("{} is held by {who}; waited {} s", path.display(), waited.as_secs()),
                    Some("run it again, or wait longer: --lock-timeout 60".into()),
                )
            }
            Error::CommandMissing { command } => {
                say(127, "command_missing", format!("{command}: command not found"), None)
            }
            Error::CommandFails { command, error } => {
                say(126, "command_fails", format!("{command}: {}", plain(error)), None)
            }
            Error::Interrupted => say(130, "interrupted", "interrupted; nothing was changed".into(), None),
        }
    }
}

fn vault_missing(path: &std::path::Path, team: Option<&TeamName>, teams: &[TeamName]) -> Report {
    let near = team.and_then(|team| nearest(team.as_str(), teams.iter().map(|team| (team.as_str(), team))));
    let hint = match (near, team) {
        (Some(near), _) => format!("did you mean team {near}?"),
        (None, Some(_)) if !teams.is_empty() => format!("there are {}", and(teams)),
        (None, Some(team)) => format!("etui init {team} makes it; --vault FILE names one that is elsewhere"),
        (None, None) => "etui init TEAM --vault FILE makes it".into(),
    };
    let message = match team {
        Some(team) => format!("no vault of team {team}: {} is not there", path.display()),
        None => format!("no vault at {}", path.display()),
    };
    Report { code: "vault_missing", exit: 3, message, hint: Some(hint) }
}

fn link(error: &LinkError) -> Report {
    let (exit, code, message, hint) = match error {
        LinkError::Syntax { path, line } => {
            let line = line.map(|line| format!(" at line {line}")).unwrap_or_default();
            (
                2,
                "bad_link",
                format!("{} is not the text of a link{line}", path.display()),
                Some("--no-link passes it over"),
            )
        }
        LinkError::Name { path, error } => {
            (2, "bad_link", format!("{}: {error}", path.display()), Some("--no-link passes it over"))
        }
        LinkError::VaultOutside { path, vault } => (
            2,
            "link_outside",
            format!("{} names a vault that does not lie below it: {}", path.display(), vault.display()),
            Some("a link stands above its vault: --vault FILE says it with each command"),
        ),
        LinkError::Io { path, error } => (1, "io", format!("cannot use {}: {}", path.display(), plain(error)), None),
    };
    Report { code, exit, message, hint: hint.map(Into::into) }
}

/// The system's own words, without Rust's number behind them.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut text = text[..end].to_owned();
    if text.starts_with(|c: char| c.is_ascii_uppercase()) && !text[1..].starts_with(|c: char| c.is_ascii_uppercase()) {
        text[..1].make_ascii_lowercase();
    }
    text
}

impl crate::report::Explain for Error {
    fn explain(&self) -> crate::report::Report {
        use crate::report::{Kind, Report as New};
        let Report { code, exit, message, hint } = self.report();
        let kind = match exit {
            0 => Kind::OutputClosed,
            1 => Kind::Failed,
            2 => Kind::Usage,
            3 => Kind::NotFound,
            4 => Kind::Conflict,
            5 => Kind::NoAccess,
            6 => Kind::Damaged,
            7 => Kind::Busy,
            126 => Kind::NotExecutable,
            127 => Kind::CommandNotFound,
            _ => Kind::Interrupted,
        };
        let report = New::new(kind, code, message);
        match hint {
            Some(hint) => report.hint(hint),
            None => report,
        }
    }
}

explained!(Error);
