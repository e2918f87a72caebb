//! `completions`: what a shell completes, from the grammar itself; and the names that the vault tells without
//! asking anybody.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches as _, ValueEnum};
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};

use crate::cli::Global;
use crate::old::context::{Cx, variable};
use crate::old::error::Error;
use crate::old::options::{ContextScope, SectionScope};
use crate::old::ui::{Color, Level, Ui};
use crate::vault::text::Selection;
use crate::vault::{Kind, Records, Section, SectionId, Timestamp, View};

/// What a shell sets when it asks what may stand at the cursor.
pub const ASKED: &str = "ETUI_COMPLETE";

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell; `source <(etui completions bash)` in its start-up file
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Shell {
    fn adapter(self) -> &'static dyn EnvCompleter {
        match self {
            Shell::Bash => &Bash,
            Shell::Zsh => &Zsh,
            Shell::Fish => &Fish,
            Shell::Powershell => &Powershell,
        }
    }
}

impl Completions {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let mut script = Vec::new();
        self.shell.adapter().write_registration(ASKED, "etui", "etui", "etui", &mut script).map_err(Error::Output)?;
        cx.ui.data(&script)
    }
}

/// What may stand at the cursor, as the shell that asks reads it; nothing if it asks in no way that is known.
pub fn answer(shell: &OsStr, mut command: Command, arguments: &[OsString]) -> String {
    let words: Vec<OsString> = arguments.iter().skip_while(|word| *word != "--").skip(1).cloned().collect();
    let shell = shell.to_str().and_then(|shell| Shell::from_str(shell, false).ok());
    let (Some(shell), Some(last)) = (shell, words.len().checked_sub(1)) else { return String::new() };
    // Some tell where the cursor is, and the others what stands before it.
    let cursor = variable("_CLAP_COMPLETE_INDEX").and_then(|index| index.to_str()?.parse().ok()).unwrap_or(last);
    let typed = Typed::read(command.clone(), &words[..cursor.min(words.len())]).map(Arc::new);
    let directory = typed.as_ref().and_then(|typed| typed.options.cwd.clone());
    let directory = directory.map_or_else(std::env::current_dir, Ok).ok();
    // What a command takes is made when it is built.
    command.build();
    if let Some(typed) = typed {
        command = typed.teach(command, &[]);
    }
    let mut text = Vec::new();
    match shell.adapter().write_complete(&mut command, words, directory.as_deref(), &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => String::new(),
    }
}

/// What was typed so far, as far as it says which names are meant.
struct Typed {
    options: Global,
    scope: ContextScope,
    /// Whether the program of `run` stands there already.
    has_program: bool,
}

/// Which names may stand somewhere.
#[derive(Clone, Copy)]
enum Names {
    Teams,
    Ids(Kind),
    /// Where a secret may go: `team`, `project/web`.
    Sections,
    Members,
    /// What the section holds: secrets, or entries.
    Held {
        entries: bool,
    },
    /// What the context sets.
    Effective,
}

impl Typed {
    fn read(command: Command, words: &[OsString]) -> Option<Typed> {
        let typed = |matches: ArgMatches| {
            let mut inner = &matches;
            while let Some((_, next)) = inner.subcommand() {
                inner = next;
            }
            let text = |id| inner.try_get_one::<String>(id).ok().flatten().cloned();
            let global = inner.try_get_one("global").ok().flatten().copied().unwrap_or_default();
            let scope = ContextScope { project: text("project"), cluster: text("cluster"), global };
            let has_program = inner.try_get_many::<OsString>("command").is_ok_and(|command| command.is_some());
            Some(Typed { options: Global::from_arg_matches(&matches).ok()?, scope, has_program })
        };
        typed(command.ignore_errors(true).try_get_matches_from(words).ok()?)
    }

    /// Lets the grammar know where names stand.
    fn teach(self: &Arc<Self>, command: Command, path: &[String]) -> Command {
        let scope = command.get_arguments().find(|argument| argument.get_id() == "project");
        let is_section = scope.is_some_and(|scope| scope.get_help_heading() == Some("Section"));
        let teach = |argument: Arg| match names(path, argument.get_id().as_str(), is_section) {
            _ if argument.get_id() == "command" => {
                let has_program = self.has_program;
                argument.add(ArgValueCompleter::new(move |word: &OsStr| program_or_file(has_program, word)))
            }
            None => argument,
            Some(names) => {
                let typed = Arc::clone(self);
                argument.add(ArgValueCandidates::new(move || {
                    let found = typed.find(names).unwrap_or_default();
                    found.into_iter().map(CompletionCandidate::new).collect()
                }))
            }
        };
        let below = |command: Command| {
            let path: Vec<String> = path.iter().cloned().chain([command.get_name().to_owned()]).collect();
            // Of a command and its short names the engine tells one, which is to be the command.
            let short: Vec<String> = command.get_visible_aliases().map(str::to_owned).collect();
            self.teach(command.visible_alias(None).aliases(short), &path)
        };
        command.mut_args(teach).mut_subcommands(below)
    }

    /// The names that there are: none if anything had to be asked, decided or remembered for it.
    fn find(&self, names: Names) -> Option<Vec<String>> {
        let options = Global { no_input: true, ..self.options.clone() };
        let now = Timestamp::at(jiff::Timestamp::now());
        let ui = Ui::new(false, false, true, Level::Critical, Color::Never, now);
        let cx = Cx::with(ui, options, "etui completions".into()).ok()?;
        if let Names::Teams = names {
            return Some(cx.directories().ok()?.teams().iter().map(ToString::to_string).collect());
        }
        let wanted = match names {
            Names::Held { .. } => {
                let ContextScope { project, cluster, global } = self.scope.clone();
                vec![cx.section(&SectionScope { project, cluster, global }).ok()?]
            }
            Names::Effective => cx.context(&self.scope).ok()?.sections(),
            _ => Vec::new(),
        };
        let view = cx.view_silently(Selection::Current(&wanted))?;
        let held = |held: fn(&Section) -> &Records| {
            let sections = wanted.iter().filter_map(|id| view.sections.get(id));
            let names: BTreeSet<String> =
                sections.flat_map(|section| held(section).iter().map(|(name, _)| name.to_string())).collect();
            names.into_iter()
        };
        Some(match names {
            Names::Teams => Vec::new(),
            Names::Ids(kind) => ids(&view, Some(kind)).map(|(_, id)| id).collect(),
            Names::Sections => {
                let ids = ids(&view, None).map(|(kind, id)| format!("{}/{id}", kind.as_str()));
                std::iter::once("team".to_owned()).chain(ids).collect()
            }
            Names::Members => view.head.members.keys().map(ToString::to_string).collect(),
            Names::Held { entries: true } => held(|section| &section.env).collect(),
            Names::Held { entries: false } => held(|section| &section.secrets).collect(),
            Names::Effective => {
                let both = held(|section| &section.secrets).chain(held(|section| &section.env));
                both.collect::<BTreeSet<_>>().into_iter().collect()
            }
        })
    }
}

fn ids(view: &View, kind: Option<Kind>) -> impl Iterator<Item = (Kind, String)> {
    let of = move |id: &SectionId| {
        Some((id.kind().filter(|own| kind.is_none_or(|kind| kind == *own))?, id.id()?.to_string()))
    };
    view.all.iter().filter_map(of)
}

/// Which names an argument of a command takes.
fn names(path: &[String], argument: &str, is_section: bool) -> Option<Names> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (&path[..], argument) {
        // What is new has no name yet.
        (["init" | "join", ..], _) | (_, "new") => None,
        (["create"] | ["secret" | "project" | "cluster" | "member", "create" | "add"], "name" | "id") => None,
        (_, "team") => Some(Names::Teams),
        (_, "project") | (["project", _], "id" | "old") => Some(Names::Ids(Kind::Project)),
        (_, "cluster") | (["cluster", _], "id" | "old") => Some(Names::Ids(Kind::Cluster)),
        (_, "to") => Some(Names::Sections),
        (["member", _], "name" | "old") => Some(Names::Members),
        // The name of a Kubernetes secret; and the section of this one stands elsewhere.
        (["resolve"] | ["secrets", _], "name") => None,
        (["env", _], "name") => Some(Names::Held { entries: true }),
        (["use"], "name") | (_, "only" | "except") => Some(Names::Effective),
        (_, "name" | "old") if is_section => Some(Names::Held { entries: false }),
        (_, "name") => Some(Names::Effective),
        _ => None,
    }
}

/// A program, and then files: what may follow `run --`.
fn program_or_file(has_program: bool, word: &OsStr) -> Vec<CompletionCandidate> {
    let begin = word.to_string_lossy();
    if has_program || begin.contains('/') {
        return PathCompleter::any().complete(word);
    }
    let path = variable("PATH").unwrap_or_default();
    let programs = std::env::split_paths(&path).flat_map(|directory| programs(&directory, &begin));
    let programs: BTreeSet<OsString> = programs.collect();
    programs.into_iter().map(CompletionCandidate::new).collect()
}

fn programs(directory: &Path, begin: &str) -> Vec<OsString> {
    let is_program = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(begin));
    named.filter(|entry| is_program(&entry.path())).map(|entry| entry.file_name()).collect()
}
