//! The programs `age-plugin-NAME` (C2SP age-plugin), which keep keys in hardware, and how they reach a person.
//!
//! A program is started for two reasons only: to open something with a key from the user's own key file, and to
//! encrypt to a recipient. Nothing that stands in a vault starts one when the vault is read.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use age::plugin::{IdentityPluginV1, RecipientPluginV1, ResolveError};
use age::secrecy::SecretString;
use age::{DecryptError, EncryptError, Identity as _, Recipient as _};
use age_core::format::{FileKey, Stanza};
use rustix::fs::{Access, access};

use crate::report::{Error, Explain, Frontend, Kind, Notice, Report};

/// How plugins are found, and how they talk to a person. The default finds none.
#[derive(Clone, Default)]
pub struct Plugins {
    frontend: Option<Arc<dyn Frontend>>,
    /// Returns the directories of `PATH`. Most commands need none of them.
    directories: Option<fn() -> Vec<PathBuf>>,
}

/// Why a plugin did not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginError {
    /// `age-plugin-NAME`.
    pub program: String,
    pub fault: PluginFault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginFault {
    /// No directory of `PATH` has the program.
    Missing,
    /// `PATH` leads to it only by a directory that depends on where etui was started.
    Relative(PathBuf),
    /// It asked this, and there is nobody to answer.
    Unasked(String),
    /// It reported this.
    Refused(String),
    /// It ended without an answer.
    Died,
    /// The person ended its question with Ctrl-C.
    Interrupted,
    /// What it encrypts to may not stand beside other recipients.
    Alone,
}

impl Plugins {
    /// Finds plugins in these directories, as [`std::env::split_paths`] makes them of `PATH`.
    pub fn new(frontend: Arc<dyn Frontend>, directories: fn() -> Vec<PathBuf>) -> Plugins {
        Plugins { frontend: Some(frontend), directories: Some(directories) }
    }

    /// Checks that a plugin's program is there. It is not started.
    pub fn find(&self, name: &str) -> Result<(), PluginError> {
        let program = program(name);
        // The age crate takes the first, wherever it is, and one of Windows if there is no other. A program that a clone
        // brings along must not be that.
        let directories = self.directories.map(|directories| directories()).unwrap_or_default();
        let first = |file: String| directories.iter().find(move |directory| is_program(&directory.join(&file)));
        let fault = match first(program.clone()).or_else(|| first(format!("{program}.exe"))) {
            Some(directory) if directory.is_absolute() => return Ok(()),
            Some(directory) => PluginFault::Relative(directory.clone()),
            None => PluginFault::Missing,
        };
        Err(PluginError { program, fault })
    }

    /// Opens a file's key with a key in hardware. None if the file is not encrypted to it.
    pub(super) fn unwrap(
        &self,
        identity: &age::plugin::Identity,
        stanzas: &[Stanza],
    ) -> Option<Result<FileKey, PluginError>> {
        let dialogue = match self.dialogue(identity.plugin()) {
            Ok(dialogue) => dialogue,
            Err(error) => return Some(Err(error)),
        };
        let plugin = IdentityPluginV1::new(identity.plugin(), std::slice::from_ref(identity), dialogue.clone());
        let unwrapped = match plugin {
            Ok(plugin) => plugin.unwrap_stanzas(stanzas),
            Err(error) => Some(Err(DecryptError::PluginResolve(error))),
        };
        match unwrapped {
            // A plugin may pass over a question that was not answered, and find no key.
            None if dialogue.was_unanswered() => Some(Err(dialogue.error(Failure::Said(String::new())))),
            unwrapped => Some(unwrapped?.map_err(|error| dialogue.error(error.into()))),
        }
    }

    /// Encrypts a file's key to recipients of one plugin.
    pub(super) fn wrap(
        &self,
        name: &str,
        recipients: &[age::plugin::Recipient],
        key: &FileKey,
    ) -> Result<Vec<Stanza>, PluginError> {
        let dialogue = self.dialogue(name)?;
        let plugin = RecipientPluginV1::new(name, recipients, &[], dialogue.clone());
        let wrapped = plugin.map_err(EncryptError::PluginResolve).and_then(|plugin| plugin.wrap_file_key(key));
        match wrapped {
            Ok((stanzas, labels)) if labels.is_empty() => Ok(stanzas),
            Ok(_) => Err(PluginError { program: dialogue.program, fault: PluginFault::Alone }),
            Err(error) => Err(dialogue.error(error.into())),
        }
    }

    fn dialogue(&self, name: &str) -> Result<Dialogue, PluginError> {
        self.find(name)?;
        Ok(Dialogue {
            program: program(name),
            frontend: self.frontend.clone(),
            thread: thread::current().id(),
            asking: Arc::default(),
            unanswered: Arc::default(),
        })
    }
}

fn program(name: &str) -> String {
    format!("age-plugin-{name}")
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

/// Whether this may be the name of a plugin, which becomes the name of a program. The age crate allows more.
pub(super) fn is_plugin_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// What a plugin says and asks while it runs.
#[derive(Clone)]
struct Dialogue {
    program: String,
    frontend: Option<Arc<dyn Frontend>>,
    /// The thread that waits for the plugin. The age crate has another one, which says after 10 s that it waits.
    thread: ThreadId,
    asking: Arc<AtomicBool>,
    /// Why the plugin got no answer.
    unanswered: Arc<Mutex<Option<PluginFault>>>,
}

/// How the age crate reports what went wrong.
enum Failure {
    Missing,
    Io(io::Error),
    Said(String),
}

impl Dialogue {
    fn was_unanswered(&self) -> bool {
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Returns why the plugin failed: it may report a question that nobody answered in words of its own.
    fn error(&self, failure: Failure) -> PluginError {
        let unanswered = self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).take();
        let fault = unanswered.unwrap_or_else(|| match failure {
            Failure::Missing => PluginFault::Missing,
            Failure::Io(error) => match error.kind() {
                io::ErrorKind::InvalidData => PluginFault::Refused("it does not speak age's protocol".to_owned()),
                _ => PluginFault::Died,
            },
            Failure::Said(text) => PluginFault::Refused(text),
        });
        PluginError { program: self.program.clone(), fault }
    }

    /// Asks a question, if there is anybody to ask.
    fn ask<T>(
        &self,
        question: &str,
        can_ask: fn(&dyn Frontend) -> bool,
        ask: impl FnOnce(&dyn Frontend, String) -> Result<T, Error>,
    ) -> Option<T> {
        let unanswered = |fault| *self.unanswered.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        let Some(frontend) = self.frontend.as_deref().filter(|frontend| can_ask(*frontend)) else {
            unanswered(PluginFault::Unasked(question.trim().to_owned()));
            return None;
        };
        self.asking.store(true, Ordering::Relaxed);
        let answer = ask(frontend, format!("{}: {}", self.program, question.trim()));
        self.asking.store(false, Ordering::Relaxed);
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                unanswered(match error.kind() {
                    Kind::Interrupted => PluginFault::Interrupted,
                    _ => PluginFault::Refused(error.to_string()),
                });
                None
            }
        }
    }
}

impl age::Callbacks for Dialogue {
    fn display_message(&self, message: &str) {
        let is_wait = thread::current().id() != self.thread;
        if is_wait && self.asking.load(Ordering::Relaxed) {
            return;
        }
        let Some(frontend) = &self.frontend else { return };
        for line in message.lines().filter(|line| !line.trim().is_empty()) {
            frontend.notice(Notice::Done(format!("{}: {}", self.program, line.trim()).into()));
        }
    }

    fn confirm(&self, message: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        let no = no.map(|no| format!(", n: {}", no.trim())).unwrap_or_default();
        let question = format!("{} (y: {}{no})", message.trim(), yes.trim());
        self.ask(&question, |frontend| frontend.can_ask(), |frontend, question| frontend.ask_yes_no(&question.into()))
    }

    /// Hidden, although it need not be: a front end has no other question for a line.
    fn request_public_string(&self, description: &str) -> Option<String> {
        let ask = |frontend: &dyn Frontend, question| frontend.ask_passphrase(&format!("{question}:"));
        self.ask(description, |frontend| frontend.can_ask_passphrase(), ask).map(|answer| answer.to_string())
    }

    fn request_passphrase(&self, description: &str) -> Option<SecretString> {
        self.request_public_string(description).map(SecretString::from)
    }
}

impl From<DecryptError> for Failure {
    fn from(error: DecryptError) -> Failure {
        match error {
            DecryptError::PluginResolve(ResolveError::MissingPlugin { .. }) => Failure::Missing,
            DecryptError::Io(error) => Failure::Io(error),
            error => Failure::Said(said(&error.to_string())),
        }
    }
}

impl From<EncryptError> for Failure {
    fn from(error: EncryptError) -> Failure {
        match error {
            EncryptError::PluginResolve(ResolveError::MissingPlugin { .. }) => Failure::Missing,
            EncryptError::Io(error) => Failure::Io(error),
            error => Failure::Said(said(&error.to_string())),
        }
    }
}

/// Returns a sentence of the age crate in one line, without the marks that isolate what was inserted into it.
fn said(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '\u{2068}' | '\u{2069}')).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The age crate passes errors of its own types only, and those of input and output may hold any other.
impl From<PluginError> for io::Error {
    fn from(error: PluginError) -> io::Error {
        io::Error::other(error)
    }
}

impl PluginError {
    /// Takes the plugin's error out of one of input and output.
    pub(super) fn within(error: io::Error) -> Option<PluginError> {
        error.into_inner()?.downcast().ok().map(|error| *error)
    }
}

impl Explain for PluginError {
    fn explain(&self) -> Report {
        let program = &self.program;
        let no_access = |code, message: String| Report::new(Kind::NoAccess, code, message);
        match &self.fault {
            PluginFault::Missing => no_access("plugin_missing", format!("{program} is not installed"))
                .hint(format!("install {program}, where `PATH` leads to it")),
            PluginFault::Relative(directory) => {
                let shown = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
                let message =
                    format!("{program} is not run from `{}`, a relative directory of `PATH`", shown.display());
                no_access("plugin_missing", message).hint("put full paths into `PATH`")
            }
            PluginFault::Unasked(question) => {
                no_access("plugin_unasked", format!("{program} asks \"{question}\", and there is no terminal to ask"))
                    .hint("run it on a terminal; a machine needs a key in a file")
            }
            PluginFault::Refused(text) => no_access("plugin_refused", format!("{program} failed: {text}")),
            PluginFault::Died => no_access("plugin_died", format!("{program} ended without an answer"))
                .hint("is the hardware connected?"),
            PluginFault::Interrupted => Error::interrupted().report().clone(),
            PluginFault::Alone => {
                let message = format!("{program} encrypts to recipients of its own kind only, and a vault has others");
                Report::new(Kind::Failed, "plugin_alone", message)
            }
        }
    }
}

explained!(PluginError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_plugin_is_only_the_name_of_a_program() {
        for (name, is_good) in [
            ("yubikey", true),
            ("fido2-hmac", true),
            ("", false),
            ("a/b", false),
            ("..", false),
            ("A", false),
            ("a b", false),
        ] {
            assert_eq!(is_plugin_name(name), is_good, "{name}");
        }
    }
}
