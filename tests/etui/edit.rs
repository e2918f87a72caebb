//! `edit`: a section as text, with scripts as editors. What the editor is shown, what its changes do, and
//! that no file is left behind.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::{Bench, Outcome, SCRATCH, bytes, scratch};
use crate::terminal::driver::Terminal;
use crate::update;

/// The comments above the secrets, and between them and the entries.
const HEAD: &str = "\
# NAME=value, one on each line, quoted where dotenv needs it; nothing is expanded. Lines that begin with #
# are ignored. Removing a line deletes what it sets. Everything is saved as one change, or nothing is.
";
const ENTRIES: &str = "# Env entries: plain values, secret:NAME, or file:NAME. A new line below this one is an entry.";
const TOP: &str = "# ! Nothing has been saved yet. Fix this and save, or leave it as it is to give up.";

/// A machine with its own in-memory directory.
struct Editing {
    bench: Bench,
    memory: PathBuf,
}

impl Editing {
    fn new() -> Editing {
        let bench = Bench::acme();
        Editing { bench, memory: scratch().keep() }
    }

    /// The command with a script as its editor. The file is `$1`, `$round` counts the calls from 1, and
    /// `etui` is the binary.
    fn command(&self, script: &str, arguments: &[&str]) -> Command {
        let etui = PathBuf::from(env!("CARGO_BIN_EXE_etui"));
        let head = format!(
            "PATH='{}':$PATH; echo >> rounds; round=$(($(wc -l < rounds))); cat \"$1\" > shown.$round",
            etui.parent().unwrap().display()
        );
        let work = self.bench.work();
        let _ = fs::remove_file(work.join("rounds"));
        fs::write(work.join("editor"), format!("{head}\n{script}\n")).unwrap();
        let mut command = self.bench.command(["edit"].iter().chain(arguments));
        command.env("EDITOR", "sh ./editor").env(SCRATCH, &self.memory);
        command
    }

    /// Runs an edit to its end. It leaves no file in memory.
    #[track_caller]
    fn edit(&self, script: &str, arguments: &[&str]) -> Outcome {
        let outcome = Outcome::from(self.command(script, arguments).output().unwrap());
        assert_eq!(self.left(), Vec::<String>::new());
        outcome
    }

    fn left(&self) -> Vec<String> {
        crate::bench::names(&self.memory)
    }

    /// The text that the editor was shown in a round.
    fn shown(&self, round: usize) -> String {
        fs::read_to_string(self.bench.work().join(format!("shown.{round}"))).unwrap()
    }

    fn rounds(&self) -> usize {
        fs::read_to_string(self.bench.work().join("rounds")).unwrap().lines().count()
    }
}

impl Drop for Editing {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.memory);
    }
}

/// Appends a line to the file.
fn add(line: &str) -> String {
    format!("printf '%s\\n' '{line}' >> \"$1\"")
}

#[track_caller]
fn wait_until(what: &str, happened: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !happened() {
        assert!(Instant::now() < until, "timed out: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn shows_secrets_and_entries_as_dotenv_text_and_binary_values_as_comments() {
    let editing = Editing::new();
    let bench = &editing.bench;
    for (name, value) in [
        ("BOTH", &b"it's $5 \\"[..]),
        ("KEY", b"\xff\0\x01"),
        ("LINES", b"1\n2\n"),
        ("PLAIN", b"x"),
        ("RETURN", b"a\r\n\"b\""),
        ("SINGLE", b"a b"),
    ] {
        bench.set(name, value, &["-p", "web"]);
    }
    bench.etui(["env", "set", "AUTH", "secret:PLAIN", "-p", "web"]).ok();
    bench.etui(["env", "set", "LEVEL", "info and more", "-p", "web"]).ok();
    let before = bytes(bench.vault());
    editing.edit(":", &["-p", "web"]).prints("").says(
        "unchanged project web of team acme\n\
         note: an editor that opens a window must wait until it is closed: `EDITOR='code --wait'`",
    );
    assert_eq!(bytes(bench.vault()), before);
    assert_eq!(
        editing.shown(1),
        format!(
            "# project web of team acme\n{HEAD}\nBOTH=\"it's \\$5 \\\\\"\n\
             # KEY: 3 bytes that are not text; to replace them: `etui set KEY --file FILE -p web`\n\
             LINES='1\n2\n'\nPLAIN=x\nRETURN=\"a\\r\n\\\"b\\\"\"\nSINGLE='a b'\n\n{ENTRIES}\n\n\
             AUTH=secret:PLAIN\nLEVEL='info and more'\n"
        )
    );
}

#[test]
#[cfg(target_os = "linux")] // scripts for GNU sed and head
fn additions_changes_and_removals_are_one_change() {
    let editing = Editing::new();
    let bench = &editing.bench;
    for name in ["A", "B", "KEY"] {
        bench.set(name, name, &["-p", "web"]);
    }
    bench.set("KEY", b"\xff", &["-p", "web"]);
    bench.etui(["env", "set", "GONE", "x", "-p", "web"]).ok();
    bench.etui(["env", "set", "LEVEL", "info", "-p", "web"]).ok();
    let before = crate::store::count_writes(bench);
    // A new line is a secret or an entry depending on where it stands.
    let script = r#"sed -i -e 's/^A=.*/A=changed/' -e '/^B=/d' -e '/^GONE=/d' -e 's/^LEVEL=.*/LEVEL=debug/' \
        -e '/^A=/i NEW="n e w"' "$1"; echo AUTH=secret:NEW >> "$1""#;
    editing
        .edit(script, &["-p", "web"])
        .prints("")
        .says("created NEW and AUTH; updated A and LEVEL; deleted GONE and B in project web of team acme");
    assert_eq!(crate::store::count_writes(bench), before + 1);
    bench.etui(["resolve", "-p", "web"]).prints("A=changed\nAUTH='n e w'\nKEY=/w==\nLEVEL=debug\nNEW='n e w'\n");
    assert_eq!(bench.etui(["get", "KEY", "-p", "web"]).ok().out, b"\xff");
    bench.etui(["get", "A", "-p", "web", "--version", "1"]).prints("A");
    bench.etui(["restore", "B", "-p", "web"]).ok();
    // A text value for a secret that was binary.
    editing.edit(&add("KEY=text"), &["-p", "web"]).says("updated KEY in project web of team acme");
    bench.etui(["get", "KEY", "-p", "web"]).prints("text");
}

#[test]
#[cfg(target_os = "linux")] // scripts for GNU sed and head
fn hostile_values_survive_an_edit_of_another_line() {
    let editing = Editing::new();
    let values = [
        "",
        " edges ",
        "'",
        "\"",
        "\\",
        "\\\\srv\\c$",
        "it's \"both\" `x` $HOME ${A}",
        "a\nb\n",
        "a\r\nb\r",
        "\r",
        "\t",
        "#",
        "a #b",
        "=x",
        "secret:V1",
        "\u{feff}",
        "\u{85}\u{2028}",
        "\u{1b}[31m\u{7f}\u{1}",
        "🦀é\u{ffff}",
        "A=1\nV2=2",
        "\n# ! x\n",
        "ends with \\",
        "\\r \\n",
        ENTRIES,
        "it's\r$\"",
        "\n\n\n",
    ];
    for (at, value) in values.iter().enumerate() {
        editing.bench.set(&format!("V{at}"), value, &["-g"]);
    }
    // What an editor may do to the whole text: other line ends, a byte order mark, no newline at the end.
    for (round, how) in [
        "cat",
        "sed 's/$/\\r/'",
        "sed '1s/^/\\xef\\xbb\\xbf/'",
        "head -c -1",
        "sed -e 's/$/\\r/' -e '1s/^/\\xef\\xbb\\xbf/'",
    ]
    .iter()
    .enumerate()
    {
        let script = format!("echo NEW_{round}=1 >> \"$1\"; {how} \"$1\" > new; mv new \"$1\"");
        editing.edit(&script, &["-g"]).says(&format!("created NEW_{round} in team acme"));
        // Without another change, that alone is no change.
        let before = bytes(editing.bench.vault());
        let outcome = editing.edit(&format!("{how} \"$1\" > new; cat new > \"$1\""), &["-g"]).ok();
        assert!(outcome.err.starts_with("unchanged team acme\n"), "{how}: {}", outcome.err);
        assert_eq!(bytes(editing.bench.vault()), before);
    }
    for (at, value) in values.iter().enumerate() {
        assert_eq!(editing.bench.etui(["get", &format!("V{at}"), "-g"]).ok().out, value.as_bytes(), "V{at}");
    }
}

#[test]
fn a_mistake_reopens_the_editor_with_the_edited_lines() {
    let editing = Editing::new();
    editing.bench.set("A", "1", &["-g"]);
    let mistakes = "FOO-BAR=hunter2\njunk hunter2\nA=hunter2\nQ='hunter2\nPATH=hunter2\n1X=hunter2";
    let before = bytes(editing.bench.vault());
    let script = format!("test $round = 1 && printf '%s\\n' \"{mistakes}\" >> \"$1\"; :");
    let outcome = editing.edit(&script, &["-g"]);
    assert_eq!(bytes(editing.bench.vault()), before);
    // Left unchanged, the edit is given up.
    assert_eq!(editing.rounds(), 2);
    outcome.fails(
        1,
        "error: nothing was saved: line 16: FOO-BAR: not a secret name: character 4 is not allowed, and 5 more",
    );
    let shown = editing.shown(2);
    let (messages, body) = shown.split_at(shown.find("# team").unwrap());
    assert_eq!(body, format!("# team acme\n{HEAD}\nA=1\n\n{ENTRIES}\n\n{mistakes}\n"));
    update::text(
        messages,
        &format!(
            "{TOP}\n# ! line 16: FOO-BAR: not a secret name: character 4 is not allowed\n\
             # ! line 17: not an assignment: no `=`\n# ! line 18: A is also set on line 12; the last value wins\n\
             # ! line 19: unbalanced quotes: read as part of the value\n\
             # ! line 20: PATH: PATH is a reserved name: programs are looked up in it\n\
             # ! line 21: 1X: not a secret name: character 1 is not allowed\n"
        ),
        "",
    );
    // The line numbers refer to the text that contains the messages.
    let line = |at: usize| shown.lines().nth(at - 1).unwrap();
    assert_eq!((line(12), line(16), line(17), line(21)), ("A=1", "FOO-BAR=hunter2", "junk hunter2", "1X=hunter2"));
}

#[test]
#[cfg(target_os = "linux")] // scripts for GNU sed and head
fn a_mistake_can_be_fixed_or_followed_by_another() {
    let editing = Editing::new();
    for how in ["cat", "sed 's/$/\\r/'", "sed '1s/^/\\xef\\xbb\\xbf/'", "tr '\\n' '\\r' <"] {
        let script = format!(
            "case $round in 1) echo 'junk' >> \"$1\";; 2) sed -i.bak s/junk/1-X=1/ \"$1\"; sed -i.bak '/Env entries/i TWO=\"1\\n2\"' \"$1\";; \
             3) sed -i.bak s/1-X=1/X=1/ \"$1\";; esac; {how} \"$1\" > new; cat new > \"$1\""
        );
        editing.edit(&script, &["-p", "web"]).prints("").says("created TWO and X in project web of team acme");
        assert_eq!(editing.rounds(), 3, "{how}");
        update::text(
            &editing.shown(2),
            &format!(
                "{TOP}\n# ! line 10: not an assignment: no `=`\n# project web of team acme\n{HEAD}\n\n{ENTRIES}\n\njunk\n"
            ),
            how,
        );
        update::text(
            &editing.shown(3),
            &format!(
                "{TOP}\n# ! line 12: 1-X: not a secret name: character 1 is not allowed\n\
                 # project web of team acme\n{HEAD}\n\nTWO=\"1\n2\"\n{ENTRIES}\n\n1-X=1\n"
            ),
            how,
        );
        editing.bench.etui(["get", "TWO", "-p", "web"]).prints("1\n2");
        editing.bench.etui(["delete", "TWO", "-p", "web"]).ok();
        editing.bench.etui(["env", "delete", "X", "-p", "web"]).ok();
    }
}

#[test]
fn an_editor_that_repeats_its_mistake_is_not_reopened_forever() {
    let editing = Editing::new();
    let outcome = editing.edit("echo junk > \"$1\"", &["-g"]);
    assert_eq!(editing.rounds(), 2);
    outcome.fails(1, "error: nothing was saved: line 3: not an assignment: no `=`");
}

#[test]
#[cfg(target_os = "linux")] // scripts for GNU sed and head
fn a_secret_in_use_is_not_deleted_and_a_taken_name_is_not_reused() {
    let editing = Editing::new();
    let bench = &editing.bench;
    bench.set("TOKEN", "1", &["-g"]);
    bench.etui(["env", "set", "AUTH", "secret:TOKEN", "-p", "web"]).ok();
    let before = bytes(bench.vault());
    let outcome = editing.edit("test $round = 2 || sed -i.bak /^TOKEN=/d \"$1\"", &["-g"]);
    assert_eq!((outcome.code, editing.rounds()), (4, 2), "{}", outcome.err);
    let messages: String =
        editing.shown(2).lines().take_while(|line| line.starts_with("# !")).collect::<Vec<_>>().join("\n");
    let message = outcome.err.trim_end().replace("error: ", "# ! ").replace("\n hint: ", "\n# ! ");
    assert_eq!(messages, format!("{TOP}\n{message}"));
    assert_eq!(bytes(bench.vault()), before);
    // Meanwhile a colleague uses the name for an entry.
    let script = format!("test $round = 2 || etui env set NEW entry -p api; test $round = 2 || {}", add("NEW=secret"))
        .replace(ENTRIES, "");
    let script = format!("{script}\nsed -i.bak '/^NEW=/d; s/^# Env/NEW=secret\\n&/' \"$1\"");
    let outcome = editing.edit(&script, &["-p", "api"]);
    assert_eq!(outcome.code, 4, "{}", outcome.err);
    bench.etui(["resolve", "-p", "api", "--only", "NEW"]).prints("NEW=entry\n");
}

#[test]
fn changes_by_others_during_the_edit_are_kept() {
    let editing = Editing::new();
    let bench = &editing.bench;
    let reset = || {
        for name in ["A", "B", "C"] {
            bench.set(name, "old", &["-p", "web"]);
        }
    };
    let values = || bench.etui(["resolve", "-p", "web"]).ok().text().replace('\n', " ");
    // Different names: both changes are kept.
    reset();
    editing
        .edit("etui set B -p web --value theirs; sed -i.bak s/^A=.*/A=mine/ \"$1\"", &["-p", "web"])
        .says("updated B in project web of team acme\nupdated A in project web of team acme");
    assert_eq!(values(), "A=mine B=theirs C=old ");
    // The same name: the last write wins, and the other is in the history.
    reset();
    editing.edit("etui set A -p web --value theirs; sed -i.bak s/^A=.*/A=mine/ \"$1\"", &["-p", "web"]).says(
        "updated A in project web of team acme\n\
         warning: alice changed A meanwhile; that value is in its history: `etui history A -p web`\n\
         updated A in project web of team acme",
    );
    bench.etui(["get", "A", "-p", "web"]).prints("mine");
    bench.etui(["get", "A", "-p", "web", "--version", "1"]).prints("theirs");
    // Changed by another, deleted here: the change wins.
    reset();
    editing.edit("etui set A -p web --value theirs; sed -i.bak '/^[AB]=/d' \"$1\"", &["-p", "web"]).says(
        "updated A in project web of team acme\n\
         warning: A was not deleted: alice changed it meanwhile\n\
         deleted B in project web of team acme",
    );
    assert_eq!(values(), "A=theirs C=old ");
    // Deleted by another, changed here: the change wins. Deleted on both sides: it stays deleted.
    reset();
    let deletes = "etui delete A -p web 2> none; etui delete B -p web 2> none";
    editing
        .edit(&format!("{deletes}; sed -i.bak 's/^A=.*/A=mine/; /^B=/d' \"$1\""), &["-p", "web"])
        .says("created A in project web of team acme");
    assert_eq!(values(), "A=mine C=old ");
    // The same change on both sides is no conflict.
    reset();
    let outcome =
        editing.edit("etui set A -p web --value same 2> none; sed -i.bak s/^A=.*/A=same/ \"$1\"", &["-p", "web"]).ok();
    assert!(!outcome.err.contains("warning"), "{}", outcome.err);
    assert_eq!(values(), "A=same B=old C=old ");
}

#[test]
fn a_section_deleted_during_the_edit_is_an_error_and_not_recreated() {
    let editing = Editing::new();
    let outcome =
        editing.edit(&format!("test $round = 2 || {{ etui project delete api; {}; }}", add("X=1")), &["-p", "api"]);
    assert_eq!((outcome.code, editing.rounds()), (3, 2), "{}", outcome.err);
    assert!(outcome.err.contains("error: no project api in team acme\n"), "{}", outcome.err);
    let left = editing.bench.etui(["project", "list"]).ok();
    assert!(left.text().starts_with("web\t") && left.text().lines().count() == 1, "{}", left.text());
}

#[test]
fn visual_comes_before_editor_and_a_shell_parses_both() {
    let editing = Editing::new();
    let run = |visual: Option<&str>, editor: &str| {
        let mut command = editing.command(":", &["-g"]);
        command.env("EDITOR", editor).env("VISUAL", visual.unwrap_or_default());
        Outcome::from(command.output().unwrap())
    };
    fs::create_dir(editing.bench.work().join("a dir")).unwrap();
    let tool = editing.bench.work().join("a dir/my editor");
    fs::write(&tool, "#!/bin/sh\nprintf '[%s]' \"$@\" > arguments\n").unwrap();
    fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let arguments = || fs::read_to_string(editing.bench.work().join("arguments")).unwrap();
    run(Some("'./a dir/my editor' -x \"a b\" $USER"), "false").ok();
    let start = format!("[-x][a b][alice][{}/", editing.memory.display());
    assert!(arguments().starts_with(&start), "{}", arguments());
    run(None, "FOO=1 './a dir/my editor' 1; true").ok();
    assert_eq!(arguments(), "[1]");
    run(None, "FOO=1 './a dir/my editor'").ok();
    run(Some("true"), "false").ok();
    for (editor, status) in
        [("false", "exit status: 1"), ("./none", "exit status: 127"), ("sh -c 'kill -9 $$'", "signal: 9 (SIGKILL)")]
    {
        let outcome = run(None, editor);
        let lines: Vec<&str> = outcome.err.lines().collect();
        let last = lines[lines.len() - 2..].join("\n");
        let message = format!(
            "error: nothing was changed: the editor `{editor}` ended with {status}\n \
             hint: use another editor: `EDITOR=nano etui edit`"
        );
        assert_eq!(outcome.code, 1);
        update::text(&last, &message, "");
        assert_eq!(editing.left(), Vec::<String>::new());
    }
}

#[test]
fn no_editor_is_opened_with_no_input() {
    let editing = Editing::new();
    editing.edit(":", &["-g", "--no-input"]).fails(
        2,
        "error: an editor asks, and there is no terminal to ask\n \
         hint: `etui import FILE`; or `etui set NAME --file FILE`",
    );
    assert!(!editing.bench.work().join("rounds").exists());
    let outcome = editing.edit(":", &["-p", "wbe"]);
    assert_eq!(outcome.code, 3);
    assert!(!editing.bench.work().join("rounds").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn the_text_is_kept_in_memory_and_only_its_owner_can_read_it() {
    let editing = Editing::new();
    editing.bench.set("A", "canary-of-memory", &["-g"]);
    editing.edit("stat -c %a:%U \"$1\" \"${1%/*}\" > modes; stat -fc %T \"$1\" > kind; ls -A \"${1%/*}\" > names; echo $TMPDIR > tmp", &["-g"])
        .ok();
    let read = |name: &str| fs::read_to_string(editing.bench.work().join(name)).unwrap();
    let user = Outcome::from(Command::new("id").arg("-un").output().unwrap());
    let user = user.text().trim();
    assert_eq!(read("modes"), format!("600:{user}\n700:{user}\n"));
    assert_eq!((&*read("kind"), &*read("names")), ("tmpfs\n", ".lock\netui.env\n"));
    assert!(read("tmp").starts_with(editing.memory.to_str().unwrap()));
}

#[test]
fn an_editor_may_replace_the_file_but_not_delete_it() {
    let editing = Editing::new();
    editing
        .edit("cp \"$1\" \"$1.new\"; echo A=1 >> \"$1.new\"; mv \"$1.new\" \"$1\"", &["-g"])
        .says("created A in team acme");
    let before = bytes(editing.bench.vault());
    let outcome = editing.edit("rm \"$1\"", &["-g"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.starts_with("error: cannot read ") && outcome.err.contains("no such file"), "{}", outcome.err);
    // A file that is not UTF-8 is not saved, and leaving it so gives up the edit.
    editing
        .edit("test $round = 2 || printf 'B=\\377\\n' >> \"$1\"", &["-g"])
        .fails(1, "error: nothing was saved: the file is not UTF-8 text any more");
    assert_eq!(bytes(editing.bench.vault()), before);
}

/// Starts an edit in its own process group, and returns once its editor waits.
fn waiting(editing: &Editing, script: &str) -> std::process::Child {
    let work = editing.bench.work();
    let _ = fs::remove_file(work.join("pid"));
    let mut command = editing.command(&format!("{script}; echo $$ > pid; sleep 60"), &["-g"]);
    let child = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the editor", || fs::read_to_string(work.join("pid")).is_ok_and(|pid| pid.ends_with('\n')));
    child
}

fn is_alive(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid.trim()]).stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn a_signal_to_etui_ends_the_editor_and_leaves_nothing() {
    let editing = Editing::new();
    let before = bytes(editing.bench.vault());
    for signal in ["TERM", "HUP"] {
        let mut child = waiting(&editing, &add("A=1"));
        Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert_ne!(child.wait().unwrap().code(), Some(0));
        let editor = fs::read_to_string(editing.bench.work().join("pid")).unwrap();
        wait_until("the editor's end", || !is_alive(&editor));
        assert_eq!(editing.left(), Vec::<String>::new());
    }
    assert_eq!(bytes(editing.bench.vault()), before);
}

#[test]
fn the_file_of_a_killed_etui_is_swept_once_its_editor_has_ended() {
    let editing = Editing::new();
    let mut child = waiting(&editing, ":");
    let editor = fs::read_to_string(editing.bench.work().join("pid")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let left = editing.left();
    assert_eq!(left.len(), 1);
    let command = editing.command(":", &["-g"]);
    let again = |mut command: Command| Outcome::from(command.output().unwrap()).ok();
    again(command);
    assert_eq!(editing.left(), left, "its editor still runs");
    Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).status().unwrap();
    wait_until("the editor's end", || !is_alive(&editor));
    again(editing.command(":", &["-g"]));
    assert_eq!(editing.left(), Vec::<String>::new());
}

#[test]
fn ctrl_c_ends_the_edit() {
    let editing = Editing::new();
    let before = bytes(editing.bench.vault());
    // By exec, because a shell that is just starting another program may lose a Ctrl-C.
    let mut command = editing.command(&format!("{}; echo waiting; exec sleep 60", add("A=1")), &["-g"]);
    let mut terminal = Terminal::script(r#""$@""#, command.env("TERM", "dumb"));
    terminal.sees("waiting\r\n").types("\x03");
    terminal.ends().shows(130, "waiting\n^Cerror: interrupted; nothing was changed\n");
    assert_eq!((editing.left(), bytes(editing.bench.vault())), (vec![], before));
}

#[test]
fn waiting_for_another_writer_leaves_no_file_and_ctrl_c_ends_it() {
    use fs2::FileExt as _;
    let editing = Editing::new();
    let before = bytes(editing.bench.vault());
    let lock = fs::File::options().write(true).open(editing.bench.home().join("acme.age.lock")).unwrap();
    lock.lock_exclusive().unwrap();
    let mut command = editing.command(&add("A=1"), &["-g", "--lock-timeout", "600", "--log-level", "debug"]);
    let mut terminal = Terminal::script(r#""$@""#, command.env("TERM", "dumb"));
    terminal.sees("debug: changing ");
    assert_eq!(editing.left(), Vec::<String>::new());
    terminal.types("\x03");
    let left = terminal.ends();
    assert_eq!((left.code, left.echo), (130, true), "{left:?}");
    assert_eq!(bytes(editing.bench.vault()), before);
}

#[test]
fn a_vault_that_stays_locked_reopens_the_editor_with_the_edited_text() {
    use fs2::FileExt as _;
    let editing = Editing::new();
    let lock = fs::File::options().write(true).open(editing.bench.home().join("acme.age.lock")).unwrap();
    lock.lock_exclusive().unwrap();
    let outcome = editing.edit(&format!("test $round = 2 || {}", add("A=1")), &["-g", "--lock-timeout", "0"]);
    assert_eq!((outcome.code, editing.rounds()), (7, 2), "{}", outcome.err);
    assert!(editing.shown(2).ends_with("\nA=1\n"), "{}", editing.shown(2));
}

#[test]
fn vi_is_the_default_editor_only_at_a_terminal() {
    let editing = Editing::new();
    let vi = editing.bench.work().join("vi");
    fs::write(&vi, "#!/bin/sh\necho >> started\n").unwrap();
    fs::set_permissions(&vi, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = editing.command(":", &["-g"]);
    let path = format!("{}:{}", editing.bench.work().display(), std::env::var("PATH").unwrap());
    command.env("PATH", path).env("TERM", "dumb").env_remove("EDITOR");
    let ended = |script| Terminal::script(script, &command).ends();
    let refused = "error: no editor is named, and there is no terminal to ask\n \
         hint: name one in `EDITOR`; or `etui import FILE`\n";
    for script in [r#""$@" < /dev/null"#, r#"("$@"; echo $? > code) | cat; (exit $(cat code))"#] {
        let left = ended(script);
        assert_eq!(left.code, 2, "{script}");
        update::text(&left.screen, refused, script);
    }
    assert!(!editing.bench.work().join("started").exists());
    ended(r#""$@""#).shows(0, "unchanged team acme\n");
    assert!(editing.bench.work().join("started").exists());
    let outcome = editing.bench.with(&[("EDITOR", "true"), ("VISUAL", "")], ["edit", "-g"]).ok();
    assert!(outcome.err.starts_with("unchanged team acme\n"), "{}", outcome.err);
}

#[test]
fn a_value_that_another_writer_set_meanwhile_is_older_than_the_value_of_the_editor() {
    let editing = Editing::new();
    let bench = &editing.bench;
    bench.set("A", "0", &["-g"]);
    // The other writer comes at least a second after the editor was started.
    let script = "start=$(date +%s); until [ $(date +%s) -gt $start ]; do :; done
        etui set A --value 1 -g; sed -i.bak 's/^A=.*/A=2/' \"$1\"";
    editing.edit(script, &["-g"]).ok();
    let history = bench.etui(["history", "A", "-g", "-j"]).ok().document();
    let moments: Vec<&str> =
        history["items"].as_array().unwrap().iter().map(|item| item["updated"].as_str().unwrap()).collect();
    assert_eq!(moments.len(), 3);
    assert!(moments.is_sorted_by(|newer, older| newer >= older), "{moments:?}");
    for (version, value) in [("1", "1"), ("2", "0")] {
        bench.etui(["get", "A", "-g", "--version", version]).prints(value);
    }
}
