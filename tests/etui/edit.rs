//! `edit`: a section as text, in editors that are scripts. What they are shown, what is made of what they
//! leave, and what remains of it all.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::{Bench, Ran, bytes};
use crate::store::writes;
use crate::terminal::driver::Terminal;
use crate::update;

/// What stands above the secrets, and between them and the entries.
const HEAD: &str = "\
# NAME=value, one on each line, quoted where dotenv needs it; nothing is expanded. Lines that begin with #
# are ignored. Removing a line deletes what it sets. Everything is saved as one change, or nothing is.
";
const ENTRIES: &str = "# Env entries: plain values, secret:NAME, or file:NAME. A new line below this one is an entry.";
const TOP: &str = "# ! Nothing has been saved yet. Fix this and save, or leave it as it is to give up.";

/// A machine with a directory for what is in memory alone, which is its own.
struct Desk {
    bench: Bench,
    memory: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let bench = Bench::acme();
        let memory = tempfile::Builder::new().prefix("etui-test-").tempdir_in("/dev/shm").unwrap().keep();
        Desk { bench, memory }
    }

    /// The command, with a script as its editor: the file is `$1`, `$round` counts from 1, and `etui` is the
    /// binary.
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
        command.env("EDITOR", "sh ./editor").env("XDG_RUNTIME_DIR", &self.memory);
        command
    }

    /// Edits, to its end. Nothing is left in memory.
    #[track_caller]
    fn edit(&self, script: &str, arguments: &[&str]) -> Ran {
        let ran = Ran::from(self.command(script, arguments).output().unwrap());
        assert_eq!(self.left(), Vec::<String>::new());
        ran
    }

    fn left(&self) -> Vec<String> {
        crate::bench::names(&self.memory)
    }

    /// What the editor was shown at that round.
    fn shown(&self, round: usize) -> String {
        fs::read_to_string(self.bench.work().join(format!("shown.{round}"))).unwrap()
    }

    fn rounds(&self) -> usize {
        fs::read_to_string(self.bench.work().join("rounds")).unwrap().lines().count()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.memory);
    }
}

/// Appends a line to the file.
fn add(line: &str) -> String {
    format!("printf '%s\\n' '{line}' >> \"$1\"")
}

#[track_caller]
fn waits_for(what: &str, happened: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !happened() {
        assert!(Instant::now() < until, "{what} never happened");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn shows_secrets_and_entries_as_dotenv_text_and_bytes_as_a_comment() {
    let desk = Desk::new();
    let bench = &desk.bench;
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
    desk.edit(":", &["-p", "web"]).prints("").says(
        "unchanged project web of team acme\n\
         note: an editor that opens a window must wait until it is closed: `EDITOR='code --wait'`",
    );
    assert_eq!(bytes(bench.vault()), before);
    assert_eq!(
        desk.shown(1),
        format!(
            "# project web of team acme\n{HEAD}\nBOTH=\"it's \\$5 \\\\\"\n\
             # KEY: 3 bytes that are not text; to replace them: `etui set KEY --file FILE -p web`\n\
             LINES='1\n2\n'\nPLAIN=x\nRETURN=\"a\\r\n\\\"b\\\"\"\nSINGLE='a b'\n\n{ENTRIES}\n\n\
             AUTH=secret:PLAIN\nLEVEL='info and more'\n"
        )
    );
}

#[test]
fn what_is_set_new_and_removed_is_one_change() {
    let desk = Desk::new();
    let bench = &desk.bench;
    for name in ["A", "B", "KEY"] {
        bench.set(name, name, &["-p", "web"]);
    }
    bench.set("KEY", b"\xff", &["-p", "web"]);
    bench.etui(["env", "set", "GONE", "x", "-p", "web"]).ok();
    bench.etui(["env", "set", "LEVEL", "info", "-p", "web"]).ok();
    let before = writes(bench);
    // A new line is what its place says.
    let script = r#"sed -i -e 's/^A=.*/A=changed/' -e '/^B=/d' -e '/^GONE=/d' -e 's/^LEVEL=.*/LEVEL=debug/' \
        -e '/^A=/i NEW="n e w"' "$1"; echo AUTH=secret:NEW >> "$1""#;
    desk.edit(script, &["-p", "web"])
        .prints("")
        .says("set NEW, A, LEVEL and AUTH; deleted GONE and B in project web of team acme");
    assert_eq!(writes(bench), before + 1);
    bench.etui(["resolve", "-p", "web"]).prints("A=changed\nAUTH='n e w'\nKEY=/w==\nLEVEL=debug\nNEW='n e w'\n");
    assert_eq!(bench.etui(["get", "KEY", "-p", "web"]).ok().out, b"\xff");
    bench.etui(["get", "A", "-p", "web", "--version", "1"]).prints("A");
    bench.etui(["restore", "B", "-p", "web"]).ok();
    // A value for what was bytes.
    desk.edit(&add("KEY=text"), &["-p", "web"]).says("set KEY in project web of team acme");
    bench.etui(["get", "KEY", "-p", "web"]).prints("text");
}

#[test]
fn values_that_something_might_not_keep_stay_when_another_line_is_edited() {
    let desk = Desk::new();
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
        desk.bench.set(&format!("V{at}"), value, &["-g"]);
    }
    // Each kind of line end, a mark, and no newline at the end: what an editor may do to all of it.
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
        desk.edit(&script, &["-g"]).says(&format!("set NEW_{round} in team acme"));
        // Nor is it one if nothing is new.
        let before = bytes(desk.bench.vault());
        let ran = desk.edit(&format!("{how} \"$1\" > new; cat new > \"$1\""), &["-g"]).ok();
        assert!(ran.err.starts_with("unchanged team acme\n"), "{how}: {}", ran.err);
        assert_eq!(bytes(desk.bench.vault()), before);
    }
    for (at, value) in values.iter().enumerate() {
        assert_eq!(desk.bench.etui(["get", &format!("V{at}"), "-g"]).ok().out, value.as_bytes(), "V{at}");
    }
}

#[test]
fn a_mistake_opens_the_editor_again_with_the_lines_as_they_are_now() {
    let desk = Desk::new();
    desk.bench.set("A", "1", &["-g"]);
    let mistakes = "FOO-BAR=hunter2\njunk hunter2\nA=hunter2\nQ='hunter2\nPATH=hunter2\n1X=hunter2";
    let before = bytes(desk.bench.vault());
    let script = format!("test $round = 1 && printf '%s\\n' \"{mistakes}\" >> \"$1\"; :");
    let ran = desk.edit(&script, &["-g"]);
    assert_eq!(bytes(desk.bench.vault()), before);
    // Left as it is, it is given up.
    assert_eq!(desk.rounds(), 2);
    ran.fails(
        1,
        "error: nothing was saved: line 16: FOO-BAR: not a secret name: character 4 is not allowed, and 5 more",
    );
    let shown = desk.shown(2);
    let (told, body) = shown.split_at(shown.find("# team").unwrap());
    assert_eq!(body, format!("# team acme\n{HEAD}\nA=1\n\n{ENTRIES}\n\n{mistakes}\n"));
    update::text(
        told,
        &format!(
            "{TOP}\n\
             # ! line 16: FOO-BAR: not a secret name: character 4 is not allowed\n\
             # ! line 17: not an assignment: no `=`\n\
             # ! line 18: A is also set on line 12; the last value wins\n\
             # ! line 19: unbalanced quotes: read as part of the value\n\
             # ! line 20: PATH: PATH is a reserved name: programs are looked up in it\n\
             # ! line 21: 1X: not a secret name: character 1 is not allowed\n"
        ),
        "",
    );
    // The numbers are those of the text that tells them.
    let line = |at: usize| shown.lines().nth(at - 1).unwrap();
    assert_eq!((line(12), line(16), line(17), line(21)), ("A=1", "FOO-BAR=hunter2", "junk hunter2", "1X=hunter2"));
}

#[test]
fn a_mistake_is_mended_or_followed_by_another() {
    let desk = Desk::new();
    for how in ["cat", "sed 's/$/\\r/'", "sed '1s/^/\\xef\\xbb\\xbf/'", "tr '\\n' '\\r' <"] {
        let script = format!(
            "case $round in 1) echo 'junk' >> \"$1\";; 2) sed -i s/junk/1-X=1/ \"$1\"; sed -i '/Env entries/i TWO=\"1\\n2\"' \"$1\";; \
             3) sed -i s/1-X=1/X=1/ \"$1\";; esac; {how} \"$1\" > new; cat new > \"$1\""
        );
        desk.edit(&script, &["-p", "web"]).prints("").says("set TWO and X in project web of team acme");
        assert_eq!(desk.rounds(), 3, "{how}");
        update::text(
            &desk.shown(2),
            &format!("{TOP}\n\
                 # ! line 10: not an assignment: no `=`\n\
                 # project web of team acme\n\
                 {HEAD}\n\
                 \n\
                 {ENTRIES}\n\
                 \n\
                 junk\n"),
            how,
        );
        update::text(
            &desk.shown(3),
            &format!(
                "{TOP}\n\
                 # ! line 12: 1-X: not a secret name: character 1 is not allowed\n\
                 # project web of team acme\n\
                 {HEAD}\n\
                 \n\
                 TWO=\"1\n\
                 2\"\n\
                 {ENTRIES}\n\
                 \n\
                 1-X=1\n"
            ),
            how,
        );
        desk.bench.etui(["get", "TWO", "-p", "web"]).prints("1\n2");
        desk.bench.etui(["delete", "TWO", "-p", "web"]).ok();
        desk.bench.etui(["env", "delete", "X", "-p", "web"]).ok();
    }
}

#[test]
fn an_editor_that_makes_the_same_mistake_again_is_not_asked_forever() {
    let desk = Desk::new();
    let ran = desk.edit("echo junk > \"$1\"", &["-g"]);
    assert_eq!(desk.rounds(), 2);
    ran.fails(1, "error: nothing was saved: line 3: not an assignment: no `=`");
}

#[test]
fn what_others_need_is_not_deleted_and_a_taken_name_not_taken_again() {
    let desk = Desk::new();
    let bench = &desk.bench;
    bench.set("TOKEN", "1", &["-g"]);
    bench.etui(["env", "set", "AUTH", "secret:TOKEN", "-p", "web"]).ok();
    let before = bytes(bench.vault());
    let ran = desk.edit("test $round = 2 || sed -i /^TOKEN=/d \"$1\"", &["-g"]);
    assert_eq!((ran.code, desk.rounds()), (4, 2), "{}", ran.err);
    let told: String = desk.shown(2).lines().take_while(|line| line.starts_with("# !")).collect::<Vec<_>>().join("\n");
    let said = ran.err.trim_end().replace("error: ", "# ! ").replace("\n hint: ", "\n# ! ");
    assert_eq!(told, format!("{TOP}\n{said}"));
    assert_eq!(bytes(bench.vault()), before);
    // A colleague takes the name for an entry meanwhile.
    let script = format!("test $round = 2 || etui env set NEW entry -p api; test $round = 2 || {}", add("NEW=secret"))
        .replace(ENTRIES, "");
    let script = format!("{script}\nsed -i '/^NEW=/d; s/^# Env/NEW=secret\\n&/' \"$1\"");
    let ran = desk.edit(&script, &["-p", "api"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    bench.etui(["resolve", "-p", "api", "--only", "NEW"]).prints("NEW=entry\n");
}

#[test]
fn what_others_wrote_meanwhile_stays() {
    let desk = Desk::new();
    let bench = &desk.bench;
    let reset = || {
        for name in ["A", "B", "C"] {
            bench.set(name, "old", &["-p", "web"]);
        }
    };
    let values = || bench.etui(["resolve", "-p", "web"]).ok().text().replace('\n', " ");
    // Different names: both.
    reset();
    desk.edit("etui set B -p web --value theirs; sed -i s/^A=.*/A=mine/ \"$1\"", &["-p", "web"])
        .says("set B in project web of team acme\nset A in project web of team acme");
    assert_eq!(values(), "A=mine B=theirs C=old ");
    // The same name: the last one, and both are there.
    reset();
    desk.edit("etui set A -p web --value theirs; sed -i s/^A=.*/A=mine/ \"$1\"", &["-p", "web"]).says(
        "set A in project web of team acme\n\
         warning: alice changed A meanwhile; that value is in its history: `etui history A -p web`\n\
         set A in project web of team acme",
    );
    bench.etui(["get", "A", "-p", "web"]).prints("mine");
    bench.etui(["get", "A", "-p", "web", "--version", "1"]).prints("theirs");
    // Changed there, deleted here: the change.
    reset();
    desk.edit("etui set A -p web --value theirs; sed -i '/^[AB]=/d' \"$1\"", &["-p", "web"]).says(
        "set A in project web of team acme\n\
         warning: A was not deleted: alice changed it meanwhile\n\
         deleted B in project web of team acme",
    );
    assert_eq!(values(), "A=theirs C=old ");
    // Deleted there, changed here: the change. Deleted on both sides: deleted.
    reset();
    let deletes = "etui delete A -p web 2> none; etui delete B -p web 2> none";
    desk.edit(&format!("{deletes}; sed -i 's/^A=.*/A=mine/; /^B=/d' \"$1\""), &["-p", "web"])
        .says("set A in project web of team acme");
    assert_eq!(values(), "A=mine C=old ");
    // The same on both sides is no conflict.
    reset();
    let ran = desk.edit("etui set A -p web --value same 2> none; sed -i s/^A=.*/A=same/ \"$1\"", &["-p", "web"]).ok();
    assert!(!ran.err.contains("warning"), "{}", ran.err);
    assert_eq!(values(), "A=same B=old C=old ");
}

#[test]
fn a_section_that_was_deleted_meanwhile_is_an_error_and_not_made_again() {
    let desk = Desk::new();
    let ran = desk.edit(&format!("test $round = 2 || {{ etui project delete api; {}; }}", add("X=1")), &["-p", "api"]);
    assert_eq!((ran.code, desk.rounds()), (3, 2), "{}", ran.err);
    assert!(ran.err.contains("error: no project api in team acme\n"), "{}", ran.err);
    let left = desk.bench.etui(["project", "list"]).ok();
    assert!(left.text().starts_with("web\t") && left.text().lines().count() == 1, "{}", left.text());
}

#[test]
fn visual_is_before_editor_and_a_shell_reads_either() {
    let desk = Desk::new();
    let run = |visual: Option<&str>, editor: &str| {
        let mut command = desk.command(":", &["-g"]);
        command.env("EDITOR", editor).env("VISUAL", visual.unwrap_or_default());
        Ran::from(command.output().unwrap())
    };
    fs::create_dir(desk.bench.work().join("a dir")).unwrap();
    let tool = desk.bench.work().join("a dir/my editor");
    fs::write(&tool, "#!/bin/sh\nprintf '[%s]' \"$@\" > arguments\n").unwrap();
    fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let arguments = || fs::read_to_string(desk.bench.work().join("arguments")).unwrap();
    run(Some("'./a dir/my editor' -x \"a b\" $USER"), "false").ok();
    assert!(arguments().starts_with("[-x][a b][alice][/dev/shm/"), "{}", arguments());
    run(None, "FOO=1 './a dir/my editor' 1; true").ok();
    assert_eq!(arguments(), "[1]");
    run(None, "FOO=1 './a dir/my editor'").ok();
    run(Some("true"), "false").ok();
    for (editor, status) in
        [("false", "exit status: 1"), ("./none", "exit status: 127"), ("sh -c 'kill -9 $$'", "signal: 9 (SIGKILL)")]
    {
        let ran = run(None, editor);
        let lines: Vec<&str> = ran.err.lines().collect();
        let last = lines[lines.len() - 2..].join("\n");
        let said = format!(
            "error: nothing was changed: the editor `{editor}` ended with {status}\n \
             hint: use another editor: `EDITOR=nano etui edit`"
        );
        assert_eq!(ran.code, 1);
        update::text(&last, &said, "");
        assert_eq!(desk.left(), Vec::<String>::new());
    }
}

#[test]
fn nobody_is_asked_where_no_input_is_wanted() {
    let desk = Desk::new();
    desk.edit(":", &["-g", "--no-input"]).fails(
        2,
        "error: an editor asks, and there is no terminal to ask\n \
         hint: `etui import FILE`; or `etui set NAME --file FILE`",
    );
    assert!(!desk.bench.work().join("rounds").exists());
    let ran = desk.edit(":", &["-p", "wbe"]);
    assert_eq!(ran.code, 3);
    assert!(!desk.bench.work().join("rounds").exists());
}

#[test]
fn the_text_is_in_memory_for_its_owner_alone() {
    let desk = Desk::new();
    desk.bench.set("A", "canary-of-memory", &["-g"]);
    desk.edit("stat -c %a:%U \"$1\" \"${1%/*}\" > modes; stat -fc %T \"$1\" > kind; ls -A \"${1%/*}\" > names; echo $TMPDIR > tmp", &["-g"])
        .ok();
    let read = |name: &str| fs::read_to_string(desk.bench.work().join(name)).unwrap();
    let user = Ran::from(Command::new("id").arg("-un").output().unwrap());
    let user = user.text().trim();
    assert_eq!(read("modes"), format!("600:{user}\n700:{user}\n"));
    assert_eq!((&*read("kind"), &*read("names")), ("tmpfs\n", ".lock\netui.env\n"));
    assert!(read("tmp").starts_with(desk.memory.to_str().unwrap()));
}

#[test]
fn an_editor_may_replace_the_file_but_not_take_it_away() {
    let desk = Desk::new();
    desk.edit("cp \"$1\" \"$1.new\"; echo A=1 >> \"$1.new\"; mv \"$1.new\" \"$1\"", &["-g"]).says("set A in team acme");
    let before = bytes(desk.bench.vault());
    let ran = desk.edit("rm \"$1\"", &["-g"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("error: cannot read ") && ran.err.contains("no such file"), "{}", ran.err);
    // What is not text is not saved, nor what is left as it is then.
    desk.edit("test $round = 2 || printf 'B=\\377\\n' >> \"$1\"", &["-g"])
        .fails(1, "error: nothing was saved: the file is not UTF-8 text any more");
    assert_eq!(bytes(desk.bench.vault()), before);
}

/// Starts an edit whose editor waits, in a group of its own; returns when it waits.
fn waiting(desk: &Desk, script: &str) -> std::process::Child {
    let work = desk.bench.work();
    let _ = fs::remove_file(work.join("pid"));
    let mut command = desk.command(&format!("{script}; echo $$ > pid; sleep 60"), &["-g"]);
    let child = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    waits_for("the editor", || fs::read_to_string(work.join("pid")).is_ok_and(|pid| pid.ends_with('\n')));
    child
}

fn is_alive(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid.trim()]).stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn a_signal_to_etui_ends_the_editor_and_leaves_nothing() {
    let desk = Desk::new();
    let before = bytes(desk.bench.vault());
    for signal in ["TERM", "HUP"] {
        let mut child = waiting(&desk, &add("A=1"));
        Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert_ne!(child.wait().unwrap().code(), Some(0));
        let editor = fs::read_to_string(desk.bench.work().join("pid")).unwrap();
        waits_for("the editor's end", || !is_alive(&editor));
        assert_eq!(desk.left(), Vec::<String>::new());
    }
    assert_eq!(bytes(desk.bench.vault()), before);
}

#[test]
fn what_a_killed_etui_leaves_stays_for_its_editor_and_is_swept_once_that_has_ended() {
    let desk = Desk::new();
    let mut child = waiting(&desk, ":");
    let editor = fs::read_to_string(desk.bench.work().join("pid")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let left = desk.left();
    assert_eq!(left.len(), 1);
    let command = desk.command(":", &["-g"]);
    let again = |mut command: Command| Ran::from(command.output().unwrap()).ok();
    again(command);
    assert_eq!(desk.left(), left, "its editor still runs");
    Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).status().unwrap();
    waits_for("the editor's end", || !is_alive(&editor));
    again(desk.command(":", &["-g"]));
    assert_eq!(desk.left(), Vec::<String>::new());
}

#[test]
fn ctrl_c_ends_the_edit() {
    let desk = Desk::new();
    let before = bytes(desk.bench.vault());
    // By exec: a shell that is just starting another program may lose a Ctrl-C.
    let mut command = desk.command(&format!("{}; echo waiting; exec sleep 60", add("A=1")), &["-g"]);
    let mut terminal = Terminal::script(r#""$@""#, command.env("TERM", "dumb"));
    terminal.sees("waiting\r\n").types("\x03");
    terminal.ends().shows(130, "waiting\n^Cerror: interrupted; nothing was changed\n");
    assert_eq!((desk.left(), bytes(desk.bench.vault())), (vec![], before));
}

#[test]
fn while_it_waits_for_another_writer_nothing_is_left_and_ctrl_c_ends_it() {
    use fs2::FileExt as _;
    let desk = Desk::new();
    let before = bytes(desk.bench.vault());
    let lock = fs::File::options().write(true).open(desk.bench.home().join("acme.age.lock")).unwrap();
    lock.lock_exclusive().unwrap();
    let mut command = desk.command(&add("A=1"), &["-g", "--lock-timeout", "600", "--log-level", "debug"]);
    let mut terminal = Terminal::script(r#""$@""#, command.env("TERM", "dumb"));
    terminal.sees("debug: changing ");
    assert_eq!(desk.left(), Vec::<String>::new());
    terminal.types("\x03");
    let left = terminal.ends();
    assert_eq!((left.code, left.echo), (130, true), "{left:?}");
    assert_eq!(bytes(desk.bench.vault()), before);
}

#[test]
fn a_vault_that_stays_locked_opens_the_editor_again_with_what_was_written() {
    use fs2::FileExt as _;
    let desk = Desk::new();
    let lock = fs::File::options().write(true).open(desk.bench.home().join("acme.age.lock")).unwrap();
    lock.lock_exclusive().unwrap();
    let ran = desk.edit(&format!("test $round = 2 || {}", add("A=1")), &["-g", "--lock-timeout", "0"]);
    assert_eq!((ran.code, desk.rounds()), (7, 2), "{}", ran.err);
    assert!(desk.shown(2).ends_with("\nA=1\n"), "{}", desk.shown(2));
}

#[test]
fn vi_is_the_editor_at_a_terminal_only_where_none_is_named() {
    let desk = Desk::new();
    let vi = desk.bench.work().join("vi");
    fs::write(&vi, "#!/bin/sh\necho >> started\n").unwrap();
    fs::set_permissions(&vi, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = desk.command(":", &["-g"]);
    let path = format!("{}:{}", desk.bench.work().display(), std::env::var("PATH").unwrap());
    command.env("PATH", path).env("TERM", "dumb").env_remove("EDITOR");
    let ended = |script| Terminal::script(script, &command).ends();
    let refused = "error: no editor is named, and there is no terminal to ask\n \
         hint: name one in `EDITOR`; or `etui import FILE`\n";
    for script in [r#""$@" < /dev/null"#, r#"("$@"; echo $? > code) | cat; (exit $(cat code))"#] {
        let left = ended(script);
        assert_eq!(left.code, 2, "{script}");
        update::text(&left.screen, refused, script);
    }
    assert!(!desk.bench.work().join("started").exists());
    ended(r#""$@""#).shows(0, "unchanged team acme\n");
    assert!(desk.bench.work().join("started").exists());
    let ran = desk.bench.with(&[("EDITOR", "true"), ("VISUAL", "")], ["edit", "-g"]).ok();
    assert!(ran.err.starts_with("unchanged team acme\n"), "{}", ran.err);
}

#[test]
fn a_value_that_another_writer_set_meanwhile_is_older_than_the_value_of_the_editor() {
    let desk = Desk::new();
    let bench = &desk.bench;
    bench.set("A", "0", &["-g"]);
    // The other writer comes at least a second after the editor was started.
    let script = "start=$(date +%s); until [ $(date +%s) -gt $start ]; do :; done
        etui set A --value 1 -g; sed -i 's/^A=.*/A=2/' \"$1\"";
    desk.edit(script, &["-g"]).ok();
    let history = bench.etui(["history", "A", "-g", "-j"]).ok().document();
    let moments: Vec<&str> =
        history["items"].as_array().unwrap().iter().map(|item| item["updated"].as_str().unwrap()).collect();
    assert_eq!(moments.len(), 3);
    assert!(moments.is_sorted_by(|newer, older| newer >= older), "{moments:?}");
    for (version, value) in [("1", "1"), ("2", "0")] {
        bench.etui(["get", "A", "-g", "--version", version]).prints(value);
    }
}
