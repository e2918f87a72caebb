//! A key on paper: printed as 24 words, and read back from a terminal or a pipe.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::bench::{Bench, Outcome, bytes, lock, names};
use crate::terminal::driver::Terminal;

/// A key, its words, and what `key show` prints of it.
const KEY: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
const WORDS: &str = "drastic bamboo mountain loyal category cancel animal embark drastic bamboo mountain loyal \
                     category cancel animal embark drastic bamboo mountain loyal category cancel animal embark";
const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
const PAPER: &str =
    "note: whoever reads these words has the key, without its passphrase; keep them away from this machine";

fn with_key() -> Bench {
    let bench = Bench::new();
    fs::create_dir(bench.home()).unwrap();
    write(&bench, format!("{KEY}\n"));
    bench
}

fn write(bench: &Bench, text: impl AsRef<[u8]>) {
    fs::write(bench.key(), text).unwrap();
    fs::set_permissions(bench.key(), fs::Permissions::from_mode(0o600)).unwrap();
}

fn shown(bench: &Bench) -> serde_json::Value {
    bench.etui(["key", "show", "-j"]).ok().document()
}

#[test]
fn a_pipe_gets_the_words_and_a_terminal_the_paper() {
    let bench = with_key();
    bench.etui(["key", "backup"]).prints(&format!("{WORDS}\n")).says(PAPER);
    let shown = shown(&bench);
    let fingerprint = shown["fingerprint"].as_str().unwrap();
    let words: Vec<&str> = WORDS.split(' ').collect();
    let item = json!({"recipient": RECIPIENT, "fingerprint": fingerprint, "old": false, "words": words});
    assert_eq!(
        bench.etui(["key", "backup", "-j"]).ok().document(),
        json!({"items": [item], "hasMore": false, "nextPage": null})
    );
    let paper = Terminal::etui(&bench, ["key", "backup"]).ends();
    assert!(paper.screen.lines().all(|line| line.starts_with("note: ") || line.len() <= 80), "{}", paper.screen);
    paper.shows(
        0,
        &format!(
            "Key of etui\nrecipient        {RECIPIENT}\nkey fingerprint  {fingerprint}\n\n \
             1 drastic    7 animal    13 category  19 mountain\n \
             2 bamboo     8 embark    14 cancel    20 loyal\n \
             3 mountain   9 drastic   15 animal    21 category\n \
             4 loyal     10 bamboo    16 embark    22 cancel\n \
             5 category  11 mountain  17 drastic   23 animal\n \
             6 cancel    12 loyal     18 bamboo    24 embark\n\n\
             To get the key back, type: etui key restore\n{PAPER}\n"
        ),
    );
    // Wherever the key comes from.
    for variables in [[("ETUI_KEY", KEY)], [("ETUI_KEY_COMMAND", &*format!("echo {KEY}"))]] {
        Bench::new().with(&variables, ["key", "backup"]).prints(&format!("{WORDS}\n"));
    }
}

#[test]
fn a_locked_key_asks_and_a_file_of_several_keys_prints_all() {
    let bench = with_key();
    bench.etui(["key", "new", "--output", "other"]).ok();
    let other = fs::read_to_string(bench.work().join("other")).unwrap();
    write(&bench, lock(&format!("{other}{KEY}\n"), "correct horse"));
    let mut terminal = Terminal::script(r#""$@" | tail -n 1"#, &bench.command(["key", "backup"]));
    terminal.asks_hidden(": ").types("wrong\r").sees("wrong passphrase").asks_hidden(": ").types("correct horse\r");
    let note = "the file holds 2 keys; whoever reads the words has them, without a passphrase";
    let left = terminal.ends();
    assert!(left.code == 0 && left.screen.contains(note) && left.screen.contains(WORDS), "{left:?}");
    assert_eq!(bench.etui(["--no-input", "key", "backup"]).code, 5);
}

#[test]
fn a_key_comes_back_from_a_pipe_however_it_was_written_down() {
    let bench = with_key();
    let (before, text) = (shown(&bench), bytes(bench.key()));
    bench.piped(WORDS, ["key", "restore"]).fails(
        4,
        &format!(
            "error: {} already exists, and a key is never overwritten\n \
             hint: to restore beside it: `etui key restore --output FILE`; or move it away first",
            bench.key().display()
        ),
    );
    assert_eq!(bytes(bench.key()), text);
    let numbered: String = WORDS.split(' ').zip(1..).map(|(word, at)| format!("{at:>2}. {word}\n")).collect();
    for typed in [WORDS.to_owned(), WORDS.to_uppercase(), numbered] {
        let _ = fs::remove_file(bench.key());
        let restored = bench.piped(&typed, ["key", "restore"]).ok();
        let (key, recipient) = (bench.key().display().to_string(), RECIPIENT);
        assert!(
            restored.text().starts_with(&format!("recipient                    {recipient}\ncard ")),
            "{restored:?}"
        );
        restored.says(&format!(
            "restored {key}; the recipient must be that on the paper\n\
             note: the list of members shows the first if the card was added, and the second if the recipient was\n\
             note: it has no passphrase; to set one: `etui key passphrase`"
        ));
        assert_eq!(shown(&bench), before);
        assert_eq!(fs::metadata(bench.key()).unwrap().permissions().mode() & 0o777, 0o600);
    }
    bench.piped(WORDS, ["key", "restore", "--output", "new", "-j"]).ok();
    assert_eq!(names(bench.work()), ["new"]);
}

#[test]
fn words_that_are_wrong_make_no_key_and_are_not_repeated() {
    let bench = Bench::new();
    let fewer = WORDS.strip_suffix(" embark").unwrap();
    let other = format!("{fewer} zoo");
    let hint = " hint: compare each with the paper, or correct one on a terminal: `etui key restore`";
    for (typed, message) in [
        ("", "error: there are no words; a key has 24".to_owned()),
        (fewer, "error: there are 23 words; a key has 24".into()),
        (
            &WORDS.replacen("bamboo", "hunter2canary", 1),
            "error: word 2 is not in the list of BIP 39, English\n hint: compare it with the paper".into(),
        ),
        (
            &other,
            format!(
                "error: all words are in the list, but they do not belong together: at least one of them is wrong\n{hint}"
            ),
        ),
    ] {
        bench.piped(typed, ["key", "restore"]).fails(2, &message);
    }
    assert!(!bench.key().exists());
    Terminal::etui(&bench, ["key", "restore", "--no-input"]).ends().shows(
        2,
        "error: this asks for 24 words, and there is no terminal to ask\n \
         hint: at a terminal, without `--no-input`: `etui key restore`\n",
    );
}

#[test]
fn a_terminal_asks_for_each_word_and_checks_it_at_once() {
    let bench = Bench::new();
    let words: Vec<&str> = WORDS.split(' ').collect();
    let mut terminal = Terminal::etui(&bench, ["key", "restore"]);
    terminal.sees("Word  1 of 24: ").types("drasitc\n").sees("Word 1 is not in the list: did you mean drastic?");
    terminal.sees("Word  1 of 24: ").types("DRAS\n");
    terminal.sees("Word  2 of 24: ").types("ba\n").sees("Word 2 is not in the list");
    terminal.sees("Word  2 of 24: ").types("zoo\n").sees("Word  3 of 24: ").types("back\n");
    // Several in one line, as from a file.
    terminal.sees("Word  2 of 24: ").types(&format!("{}\n", words[1..12].join(" ")));
    for (number, word) in (13..).zip(&words[12..]) {
        let word = if number == 20 { "zoo" } else { word };
        terminal.sees(&format!("Word {number} of 24: ")).types(&format!("{word}\n"));
    }
    // One is wrong, although it is in the list. The others need not be typed again.
    terminal.sees("At least one word is another one than on the paper");
    for (number, word) in (1..).zip(&words) {
        let (known, right) = if number == 20 { ("zoo", words[19]) } else { (*word, "") };
        terminal.sees(&format!("Word {number:>2} of 24 [{known}]: ")).types(&format!("{right}\n"));
    }
    let left = terminal.ends();
    assert!(left.code == 0 && left.screen.contains(&format!("recipient                    {RECIPIENT}\n")), "{left:?}");
    assert!(fs::read_to_string(bench.key()).unwrap().ends_with(&format!("{KEY}\n")));
}

#[test]
fn a_word_does_not_stay_on_the_screen_and_leaving_writes_nothing() {
    for (keys, code) in [("\x03", 130), ("\x04", 130)] {
        let bench = Bench::new();
        let mut command = bench.command(["key", "restore"]);
        let mut terminal = Terminal::script(r#""$@""#, command.env("TERM", "xterm").env("NO_COLOR", "1"));
        terminal.sees("Word  1 of 24: ").types("drastic\n").sees("drastic\r\n\x1b[1A\r\x1b[J").sees("Word  2 of 24: ");
        terminal.types(keys);
        let left = terminal.ends();
        assert_eq!((left.code, left.echo), (code, true), "{left:?}");
        assert!(!bench.key().exists());
    }
}

#[test]
fn an_ssh_key_has_no_words() {
    let bench = with_key();
    let ssh = include_str!("keys.rs").split("SSH_OPEN: &str = \"\\\n").nth(1).unwrap().split("\";").next().unwrap();
    write(&bench, ssh);
    let outcome: Outcome = bench.etui(["key", "backup"]);
    outcome.fails(
        2,
        "error: an ssh key has no words: only an age key (AGE-SECRET-KEY-1…) has\n \
         hint: keep a copy of its file; or for an age key: `etui key new`",
    );
}
