//! What may stand at the cursor of a shell: commands and options, from the grammar, and names, from a vault that opens
//! without asking anybody.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use clap::{Arg, ArgMatches, Command, FromArgMatches as _, ValueEnum as _};
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use super::global::Global;
use super::topics::{TOPICS, about};
use crate::commands::ContextScope;
use crate::commands::completions::Shell;
use crate::report::Level;
use crate::session::Session;
use crate::ui::{Ui, UiSettings};
use crate::vault::text::Selection;
use crate::vault::{Kind, Records, Section, SectionId, View};

/// What clap says of its command `help`.
const HELP: &str = "Print this message or the help of the given subcommand(s)";

/// Returns what may stand at the cursor, in the form that the shell reads. Empty for a shell that is not known.
pub fn answer(shell: &OsStr, all: Command, arguments: &[OsString]) -> String {
    let words: Vec<OsString> = arguments.iter().skip_while(|word| *word != "--").skip(1).cloned().collect();
    let shell = shell.to_str().and_then(|shell| Shell::from_str(shell, false).ok());
    let (Some(shell), Some(last)) = (shell, words.len().checked_sub(1)) else { return String::new() };

    // Some shells send the position of the cursor, the others only the words before it.
    let position = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|position| position.parse().ok());
    let before = &words[..position.unwrap_or(last).min(words.len())];
    // A command has its arguments once it is built.
    let mut command = grammar(all, before).ignore_errors(true);
    command.build();
    let typed = Typed::parse(&mut command, before).map(Arc::new);

    let directory = typed.as_ref().and_then(|typed| typed.options.cwd.clone());
    let directory = directory.map_or_else(std::env::current_dir, Ok).ok();
    if let Some(typed) = typed {
        command = typed.add_names(command, &[]);
    }
    // Never freed: it holds no secret, and the process ends soon.
    let command = Box::leak(Box::new(command));
    let mut text = Vec::new();
    match shell.adapter().write_complete(command, words, directory.as_deref(), &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => String::new(),
    }
}

/// Returns the part of the grammar that decides what may follow these words: that of the command among them,
/// or else the names of the commands. All of it takes several times as long to build.
fn grammar(all: Command, words: &[OsString]) -> Command {
    if let Some(verb) = words.iter().skip(1).find_map(|word| all.find_subcommand(word)) {
        return Global::around(verb.clone());
    }
    let all = all.mut_args(|option| option.global(false));
    let all = all.mut_subcommands(|verb| verb.defer(|verb| verb).disable_help_flag(true));
    // clap's own `help` has a copy of each command below it, which doubles the grammar.
    let help = Command::new("help").about(HELP).disable_help_flag(true);
    let is_help = words.iter().any(|word| word == "help");
    let help = if is_help { help.subcommands(subjects(&all)) } else { help };
    all.disable_help_subcommand(true).subcommand(help)
}

/// What may follow `help`: a topic or a command.
fn subjects(all: &Command) -> Vec<Command> {
    let subject = |name: &str, about: String| Command::new(name.to_owned()).about(about).disable_help_flag(true);
    let topics = TOPICS.iter().map(|(topic, text)| subject(topic, about(text).to_owned()));
    let verbs = all.get_subcommands().filter(|verb| !verb.is_hide_set());
    let is_topic = |verb: &&Command| TOPICS.iter().any(|(topic, _)| *topic == verb.get_name());
    let verbs = verbs.filter(|verb| !is_topic(verb));
    let verbs =
        verbs.map(|verb| subject(verb.get_name(), verb.get_about().map(ToString::to_string).unwrap_or_default()));
    topics.chain(verbs).collect()
}

/// What was typed so far, as far as it decides which names may follow.
struct Typed {
    options: Global,
    scope: ContextScope,
    /// Whether the program of `run` has been typed.
    has_program: bool,
}

/// A kind of name.
#[derive(Clone, Copy)]
enum Names {
    Teams,
    Ids(Kind),
    /// Where a secret may go: `team`, `project/web`.
    Sections,
    Members,
    /// The secrets, or the entries, of the section.
    Held {
        entries: bool,
    },
    /// Everything that the context sets.
    Effective,
    /// Everything that any section sets.
    Everywhere,
}

impl Typed {
    fn parse(command: &mut Command, words: &[OsString]) -> Option<Typed> {
        let matches = command.try_get_matches_from_mut(words).ok()?;
        let mut innermost: &ArgMatches = &matches;
        while let Some((_, next)) = innermost.subcommand() {
            innermost = next;
        }
        let text = |id| innermost.try_get_one::<String>(id).ok().flatten().cloned();
        let global = innermost.try_get_one("global").ok().flatten().copied().unwrap_or_default();
        Some(Typed {
            options: Global::from_arg_matches(&matches).ok()?,
            scope: ContextScope { project: text("project"), cluster: text("cluster"), global },
            has_program: innermost.try_get_many::<OsString>("command").is_ok_and(|command| command.is_some()),
        })
    }

    /// Adds to each argument of the grammar the names that it takes.
    fn add_names(self: &Arc<Self>, command: Command, path: &[String]) -> Command {
        let project = command.get_arguments().find(|argument| argument.get_id() == "project");
        let is_section = project.is_some_and(|project| project.get_help_heading() == Some("Section"));
        let add = |argument: Arg| {
            if argument.get_id() == "command" {
                let has_program = self.has_program;
                return argument.add(ArgValueCompleter::new(move |word: &OsStr| program_or_file(has_program, word)));
            }
            let Some(names) = names(path, argument.get_id().as_str(), is_section) else { return argument };
            let typed = Arc::clone(self);
            argument.add(ArgValueCandidates::new(move || {
                let found = typed.find(names).unwrap_or_default();
                found.into_iter().map(CompletionCandidate::new).collect()
            }))
        };
        let below = |command: Command| {
            let path: Vec<String> = path.iter().cloned().chain([command.get_name().to_owned()]).collect();
            // The engine offers either a command or one of its visible aliases. It should be the command.
            let short: Vec<String> = command.get_visible_aliases().map(str::to_owned).collect();
            self.add_names(command.visible_alias(None).aliases(short), &path)
        };
        command.mut_args(add).mut_subcommands(below)
    }

    /// Finds the names. None if something would have to be asked, decided or recorded for it.
    fn find(&self, names: Names) -> Option<Vec<String>> {
        let session = self.session()?;
        if let Names::Teams = names {
            return Some(session.known_teams().ok()?.iter().map(ToString::to_string).collect());
        }
        let sections = match names {
            Names::Held { .. } => vec![session.section_to_read(&self.scope.parse().ok()?).ok()??],
            Names::Effective => session.context(&self.scope.parse().ok()?).ok()?.sections(),
            _ => Vec::new(),
        };
        let selection = if let Names::Everywhere = names { Selection::All } else { Selection::Current(&sections) };
        let view = session.view_silently(selection)?;
        let sections = if let Names::Everywhere = names { view.all.clone() } else { sections };

        let held = |records: fn(&Section) -> &Records| -> BTreeSet<String> {
            let sections = sections.iter().filter_map(|id| view.sections.get(id));
            sections.flat_map(|section| records(section).iter().map(|(name, _)| name.to_string())).collect()
        };
        let secrets: fn(&Section) -> &Records = |section| &section.secrets;
        let entries: fn(&Section) -> &Records = |section| &section.env;
        Some(match names {
            Names::Teams => Vec::new(),
            Names::Ids(kind) => ids(&view).filter(|(own, _)| *own == kind).map(|(_, id)| id).collect(),
            Names::Sections => {
                let ids = ids(&view).map(|(kind, id)| format!("{}/{id}", kind.as_str()));
                std::iter::once("team".to_owned()).chain(ids).collect()
            }
            Names::Members => view.head.members.keys().map(ToString::to_string).collect(),
            Names::Held { entries: is_entry } => held(if is_entry { entries } else { secrets }).into_iter().collect(),
            Names::Effective | Names::Everywhere => held(secrets).union(&held(entries)).cloned().collect(),
        })
    }

    /// A session that neither asks nor says anything.
    fn session(&self) -> Option<Session> {
        let ui = Ui::new(UiSettings { no_input: true, level: Level::Critical, ..UiSettings::default() });
        let settings = self.options.settings("etui completions".to_owned()).ok()?;
        Some(Session::new(settings, Arc::new(ui)))
    }
}

fn ids(view: &View) -> impl Iterator<Item = (Kind, String)> {
    view.all.iter().filter_map(|section: &SectionId| Some((section.kind()?, section.id()?.to_string())))
}

/// Returns which names an argument of a command takes.
fn names(path: &[String], argument: &str, is_section: bool) -> Option<Names> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (&path[..], argument) {
        // These name something new.
        (["init" | "join", ..], _) | (_, "new") => None,
        (["create"] | ["secret" | "project" | "cluster" | "member", "create" | "add"], "name" | "id") => None,
        (_, "team") => Some(Names::Teams),
        (_, "project") | (["project", _], "id" | "old") => Some(Names::Ids(Kind::Project)),
        (_, "cluster") | (["cluster", _], "id" | "old") => Some(Names::Ids(Kind::Cluster)),
        (_, "to") | (["compare"], "first" | "second") => Some(Names::Sections),
        (["member", _], "name" | "old") => Some(Names::Members),
        (["vault", "forget"], "name") => Some(Names::Teams),
        // `resolve --name` is a Kubernetes name, and `secrets` names its section in another option.
        (["resolve"] | ["secrets", _], "name") => None,
        (["env", _], "name") => Some(Names::Held { entries: true }),
        // It also lists the context, but without an option the section.
        (["list"], "name") => Some(Names::Held { entries: false }),
        (["log"], "name") => Some(Names::Everywhere),
        (["use"], "name") | (_, "only" | "except") => Some(Names::Effective),
        (_, "name" | "old") if is_section => Some(Names::Held { entries: false }),
        (_, "name") => Some(Names::Effective),
        _ => None,
    }
}

/// Completes what follows `run --`: a program, then files.
fn program_or_file(has_program: bool, word: &OsStr) -> Vec<CompletionCandidate> {
    let begin = word.to_string_lossy();
    if has_program || begin.contains('/') {
        return PathCompleter::any().complete(word);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn the_commands_are_those_of_the_whole_grammar() {
        let described = |mut grammar: Command| -> Vec<(String, String)> {
            grammar.build();
            let about = |verb: &Command| verb.get_about().map(ToString::to_string).unwrap_or_default();
            grammar.get_subcommands().map(|verb| (verb.get_name().to_owned(), about(verb))).collect()
        };
        assert_eq!(described(grammar(Cli::command(), &[])), described(Cli::command()));
    }
}
