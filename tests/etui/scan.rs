//! `scan`: finds the vault's values where they should not be.

mod filters;
mod history;
mod ignored;
mod unread;
mod utf_16;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::bench::{Bench, Outcome, names};
use crate::terminal::driver::Terminal;

const TOKEN: &str = "tk_9fK2mQ8sLw3TxY7z";
const QUOTED: &str = "it's \"quoted\" & $5 / 100%";

/// Two secrets that scan can look for, and two that it cannot.
fn bench() -> Bench {
    let bench = Bench::linked();
    bench.set("TOKEN", TOKEN, &["-g"]);
    bench.set("SPOKEN", QUOTED, &["-p", "api"]);
    bench.set("PIN", "1234", &["-g"]);
    bench.set("HOST", "localhost", &["-c", "gpu"]);
    bench
}

fn put(bench: &Bench, path: &str, bytes: impl AsRef<[u8]>) {
    let path = bench.work().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Runs git as the user in the working directory.
pub fn git(bench: &Bench, arguments: &[&str]) -> Outcome {
    let mut git = Command::new("git");
    bench.as_user(&mut git).args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]);
    Outcome::from(git.args(arguments).output().unwrap())
}

/// Exactly these findings were printed, and no value.
#[track_caller]
fn check_findings(outcome: Outcome, lines: &[&str]) {
    assert_eq!(outcome.text().lines().collect::<Vec<_>>(), lines, "{}", outcome.err);
    assert_eq!(outcome.code, i32::from(!lines.is_empty()), "{}", outcome.err);
    assert!(!outcome.text().contains("9fK2m") && !outcome.err.contains("9fK2m"), "{outcome:?}");
}

const HINT: &str =
    " hint: remove them; or let one pass: `etui:allow` on its line, or `allow = [\"FILE:NAME\"]` in `.etui.toml`";

#[test]
fn prints_where_each_value_is_and_notes_what_is_not_looked_for() {
    let bench = bench();
    put(&bench, "src/main.py", format!("a = 1\nkey = '{TOKEN}'  # {TOKEN}\nlocalhost 1234\n"));
    put(&bench, "deep/er/é\u{1b}[31m.json", r#"{"a": "it's \"quoted\" & $5 / 100%"}"#);
    put(&bench, "binary", [b"\0\xff\n\0", TOKEN.as_bytes(), b"\0"].concat());
    let outcome = bench.etui(["scan"]).says(&format!(
        "note: not looked for: 1 value of fewer than 8 characters and 1 value that is a plain word or number\n\
         error: 4 findings in 3 files\n{HINT}"
    ));
    let all = [
        "binary:2:2 TOKEN (team)",
        "deep/er/é\\u{1b}[31m.json:1:8 SPOKEN (project api)",
        "src/main.py:2:8 TOKEN (team)",
        "src/main.py:2:32 TOKEN (team)",
    ];
    check_findings(outcome, &all);
    check_findings(bench.etui(["scan", "src", "binary"]), &[all[0], all[2], all[3]]);
    check_findings(bench.etui(["scan", "--cwd", "src"]), &["main.py:2:8 TOKEN (team)", "main.py:2:32 TOKEN (team)"]);
    check_findings(
        bench.etui(["scan", "src/../binary", bench.work().join("binary").to_str().unwrap()]),
        &["binary:2:2 TOKEN (team)", "src/../binary:2:2 TOKEN (team)"],
    );
    bench
        .etui(["scan", "none"])
        .fails(1, &format!("error: cannot read {}: no such file or directory", bench.work().join("none").display()));
}

#[test]
fn reports_that_nothing_was_found() {
    let bench = bench();
    put(&bench, "a", "nothing\n");
    bench.etui(["scan", "a"]).prints("").says(
        "note: not looked for: 1 value of fewer than 8 characters and 1 value that is a plain word or number\n\
         found none of 2 secrets in 1 file, 1 kB",
    );
    bench
        .etui(["scan", "a", "-j"])
        .prints("{\n  \"items\": [],\n  \"hasMore\": false,\n  \"nextPage\": null,\n  \"unread\": []\n}\n")
        .says("");
}

#[test]
fn json_has_the_same_findings_and_the_entries_that_allow_them() {
    let bench = bench();
    put(&bench, "a", format!("\n {TOKEN}\n{TOKEN}"));
    put(&bench, "b", etui::vault::hex::encode(TOKEN.as_bytes()));
    let outcome = bench.etui(["scan", "-j"]);
    assert_eq!(outcome.code, 1);
    let error: serde_json::Value = serde_json::from_str(&outcome.err).unwrap();
    assert_eq!(error["error"]["code"], "scan_findings");
    let found = outcome.document();
    let items = found["items"].as_array().unwrap();
    let item = |at: usize, key: &str| items[at][key].clone();
    let print = item(0, "allow").as_str().unwrap().to_owned();
    assert_eq!(
        items[0],
        serde_json::json!({
            "file": "a", "line": 2, "column": 2, "name": "TOKEN", "section": {"kind": "team", "id": "acme"}, "version": null,
            "form": "raw", "allow": "a:TOKEN", "commit": null, "filter": null,
        })
    );
    assert_eq!((item(2, "file"), item(2, "form")), ("b".into(), "hex".into()));
    assert_eq!((item(1, "allow"), item(2, "allow")), ("a:TOKEN".into(), "b:TOKEN".into()));
    // The allowance applies from any directory, and the changed link need not be accepted again.
    let link = bench.work().join(".etui.toml");
    fs::write(&link, fs::read_to_string(&link).unwrap() + &format!("allow = ['{print}']\n")).unwrap();
    check_findings(bench.etui(["scan"]), &["b:1:1 TOKEN (team)"]);
    fs::create_dir(bench.work().join("sub")).unwrap();
    check_findings(bench.etui(["scan", "--cwd", "sub", ".."]), &["../b:1:1 TOKEN (team)"]);
    bench.etui(["get", "TOKEN"]).prints(TOKEN);
    bench.etui(["link", "-c", "gpu"]).ok();
    check_findings(bench.etui(["scan"]), &["b:1:1 TOKEN (team)"]);
}

#[test]
fn honours_gitignore_and_skips_gits_own_files_and_the_vault() {
    let bench = Bench::new();
    git(&bench, &["init", "-q"]).ok();
    bench.etui(["init", "acme", "--as", "alice", "--vault", "acme.age"]).ok();
    bench.set("TOKEN", TOKEN, &["-g"]);
    put(&bench, ".gitignore", "*.log\nbuilt/\n");
    put(&bench, ".ignore", "all\n");
    put(&bench, "sub/.gitignore", "!keep.log\n");
    for path in ["a.log", "built/a", "sub/keep.log", ".hidden", "all", ".git/description"] {
        put(&bench, path, TOKEN);
    }
    let all = [".hidden:1:1 TOKEN (team)", "all:1:1 TOKEN (team)", "sub/keep.log:1:1 TOKEN (team)"];
    check_findings(bench.etui(["scan"]), &all);
    let more = [all[0], "a.log:1:1 TOKEN (team)", all[1], "built/a:1:1 TOKEN (team)", all[2]];
    check_findings(bench.etui(["scan", "--no-ignore"]), &more);
    check_findings(bench.etui(["scan", "a.log"]), &more[1..2]);
}

#[test]
fn follows_no_symbolic_link() {
    let bench = bench();
    put(&bench, "outside/a", TOKEN);
    fs::create_dir(bench.work().join("tree")).unwrap();
    for (link, to) in
        [("tree/file", "../outside/a"), ("tree/directory", "../outside"), ("tree/loop", "."), ("tree/gone", "gone")]
    {
        std::os::unix::fs::symlink(to, bench.work().join(link)).unwrap();
    }
    rustix_fifo(&bench.work().join("tree/pipe"));
    check_findings(bench.etui(["scan", "tree"]), &[]);
    // A link given as an argument is followed.
    check_findings(bench.etui(["scan", "tree/directory"]), &["tree/directory/a:1:1 TOKEN (team)"]);
}

fn rustix_fifo(path: &Path) {
    let status = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success());
}

#[test]
fn looks_for_earlier_values_on_request() {
    let bench = bench();
    bench.set("TOKEN", "another-1-of-them", &["-g"]);
    bench.set("TOKEN", "current-2-of-them", &["-g"]);
    bench.set("GONE", "deleted-3-of-them", &["-p", "api"]);
    bench.etui(["delete", "GONE", "-p", "api"]).ok();
    put(&bench, "a", format!("{TOKEN}\nanother-1-of-them\ncurrent-2-of-them\ndeleted-3-of-them\n"));
    check_findings(bench.etui(["scan"]), &["a:3:1 TOKEN (team)"]);
    check_findings(
        bench.etui(["scan", "--history-values"]),
        &[
            "a:1:1 TOKEN (team, version 2)",
            "a:2:1 TOKEN (team, version 1)",
            "a:3:1 TOKEN (team)",
            "a:4:1 GONE (project api, version 1)",
        ],
    );
}

#[test]
fn staged_searches_what_git_is_about_to_commit() {
    let bench = bench();
    bench.etui(["scan", "--staged"]).fails(
        1,
        "error: git: not a git repository (or any of the parent directories): .git\n \
             hint: `git init` creates one, and `--cwd DIR` names a directory in one",
    );
    git(&bench, &["init", "-q"]).ok();
    check_findings(bench.etui(["scan", "--staged"]), &[]);
    put(&bench, "committed", TOKEN);
    git(&bench, &["add", "committed"]).ok();
    check_findings(bench.etui(["scan", "--staged"]), &["committed:1:1 TOKEN (team)"]);
    git(&bench, &["commit", "-qm", "first"]).ok();
    check_findings(bench.etui(["scan", "--staged"]), &[]);
    // The index counts, not the working tree: one file was cleaned since, one is not added.
    put(&bench, "cleaned", TOKEN);
    put(&bench, "sub dir/é\"x", TOKEN);
    git(&bench, &["add", "cleaned", "sub dir"]).ok();
    git(&bench, &["mv", "committed", "moved"]).ok();
    put(&bench, "cleaned", "");
    put(&bench, "unadded", TOKEN);
    std::os::unix::fs::symlink(TOKEN, bench.work().join("link")).unwrap();
    git(&bench, &["add", "link"]).ok();
    let all = [
        "cleaned:1:1 TOKEN (team)",
        "link:1:1 TOKEN (team)",
        "moved:1:1 TOKEN (team)",
        "sub dir/é\"x:1:1 TOKEN (team)",
    ];
    check_findings(bench.etui(["scan", "--staged"]), &all);
    check_findings(bench.etui(["scan", "--staged", "--cwd", "sub dir"]), &all);
    check_findings(bench.etui(["scan", "--staged", "sub dir"]), &all[3..]);
    git(&bench, &["rm", "-qf", "--cached", "moved", "sub dir", "-r"]).ok();
    check_findings(bench.etui(["scan", "--staged"]), &all[..2]);
}

#[test]
fn history_does_not_depend_on_git_settings() {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    let head = || git(&bench, &["rev-parse", "HEAD"]).text().trim_end().to_owned();
    git(&bench, &["commit", "-q", "--allow-empty", "-m", "start"]).ok();
    git(&bench, &["checkout", "-q", "-b", "other"]).ok();
    git(&bench, &["commit", "-q", "--allow-empty", "-m", "aside"]).ok();
    git(&bench, &["checkout", "-q", "main"]).ok();
    git(&bench, &["commit", "-q", "--allow-empty", "-m", "here"]).ok();
    // A change that was made in the merge commit itself.
    git(&bench, &["merge", "-q", "--no-commit", "other"]).ok();
    put(&bench, "merged.txt", format!("merged {TOKEN}"));
    git(&bench, &["add", "merged.txt"]).ok();
    git(&bench, &["commit", "-q", "-m", "merged"]).ok();
    let merged = head();
    // A signature that cannot be verified here.
    put(&bench, "signed.txt", format!("signed {TOKEN}"));
    git(&bench, &["add", "signed.txt"]).ok();
    let tree = git(&bench, &["write-tree"]).ok().text().trim_end().to_owned();
    let who = "a <a@b> 1700000000 +0000";
    let signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----";
    let commit = format!("tree {tree}\nparent {merged}\nauthor {who}\ncommitter {who}\n{signature}\n\nsigned\n");
    put(&bench, "commit", commit);
    let signed = git(&bench, &["hash-object", "-w", "-t", "commit", "commit"]).ok().text().trim_end().to_owned();
    git(&bench, &["update-ref", "HEAD", &signed]).ok();
    put(&bench, "sub/gpg", "#!/bin/sh\necho 'gpg: Good signature' >&2\n");
    fs::set_permissions(bench.work().join("sub/gpg"), fs::Permissions::from_mode(0o755)).unwrap();
    let all = || {
        let outcome = bench.etui(["--cwd", "sub", "scan", "--history"]);
        let mut lines: Vec<_> = outcome.text().lines().map(str::to_owned).collect();
        lines.sort_by_key(|line| line.split_once(':').map(|(_, rest)| rest.to_owned()));
        lines
    };
    let expected = [
        format!("{}:merged.txt:1:8 TOKEN (team)", &merged[..12]),
        format!("{}:signed.txt:1:8 TOKEN (team)", &signed[..12]),
    ];
    assert_eq!(all(), expected);
    let gpg = bench.work().join("sub/gpg").display().to_string();
    for (key, value) in [
        ("color.ui", "always"),
        ("diff.relative", "true"),
        ("gpg.program", &gpg),
        ("log.diffMerges", "combined"),
        ("log.showRoot", "false"),
        ("log.showSignature", "true"),
    ] {
        git(&bench, &["config", key, value]).ok();
        assert_eq!(all(), expected, "{key}");
    }
}

#[test]
fn history_searches_every_file_of_every_commit_once() {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    let commit = |path: &str, text: &str| {
        put(&bench, path, text);
        git(&bench, &["add", "-A"]).ok();
        git(&bench, &["commit", "-qm", path]).ok();
        git(&bench, &["rev-parse", "HEAD"]).text()[..12].to_owned()
    };
    commit("a", "clean");
    let leaked = commit("dir/b", &format!("x\n {TOKEN}"));
    commit("dir/b", "clean again");
    let again = commit("c", &format!("x\n {TOKEN}"));
    git(&bench, &["checkout", "-qb", "other", "HEAD~3"]).ok();
    let aside = commit("d", &format!("{TOKEN}!"));
    git(&bench, &["checkout", "-q", "main"]).ok();
    git(&bench, &["merge", "-q", "--no-edit", "other"]).ok();
    put(&bench, "uncommitted", TOKEN);
    let mut all = [
        format!("{leaked}:dir/b:2:2 TOKEN (team)"),
        format!("{again}:c:2:2 TOKEN (team)"),
        format!("{aside}:d:1:1 TOKEN (team)"),
    ];
    let outcome = bench.etui(["scan", "--history"]);
    let mut lines: Vec<_> = outcome.text().lines().collect();
    lines.sort();
    all.sort();
    assert_eq!((lines, outcome.code), (all.iter().map(String::as_str).collect(), 1));
    assert!(outcome.err.contains("3 findings in 3 files"), "{}", outcome.err);
    check_findings(bench.etui(["scan", "--history", "a"]), &[]);
    let document = bench.etui(["scan", "--history", "-j", "dir"]).document();
    assert!(document["items"][0]["commit"].as_str().unwrap().starts_with(&leaked));
    assert_eq!(document["items"][0]["file"], "dir/b");
    // A finding that is allowed in the tree is allowed in the history too, since path and value are the same.
    let print = document["items"][0]["allow"].as_str().unwrap();
    let link = bench.work().join(".etui.toml");
    fs::write(&link, fs::read_to_string(&link).unwrap() + &format!("allow = ['{print}', 'c:TOKEN']\n")).unwrap();
    check_findings(bench.etui(["scan", "--history"]), &[&format!("{aside}:d:1:1 TOKEN (team)")]);
}

#[test]
fn staged_keys_and_dotenv_files_with_the_vaults_names_are_findings_too() {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    let key = fs::read_to_string(bench.key()).unwrap();
    let at = key.lines().position(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap() + 1;
    put(&bench, "key.txt", &key);
    put(&bench, "code.rs", "const PREFIX: &str = \"AGE-SECRET-KEY-1\";\n");
    put(&bench, ".env", "# all\nLOG_LEVEL=info\nTOKEN=other\nPIN=\nHOST=secret:HOST\nexport SPOKEN='x' # etui:allow\n");
    put(&bench, ".env.example", "TOKEN=other\n");
    put(&bench, "config/prod.env", format!("TOKEN={TOKEN}\n"));
    git(&bench, &["add", "-A"]).ok();
    let outcome = bench.etui(["scan", "--staged"]);
    assert!(!outcome.text().contains("AGE-SECRET") && !outcome.err.contains("AGE-SECRET"));
    check_findings(
        outcome,
        &[".env:3:1 TOKEN (dotenv)", "config/prod.env:1:7 TOKEN (team)", &format!("key.txt:{at}:1 a plain age key")],
    );
    check_findings(bench.etui(["scan"]), &["config/prod.env:1:7 TOKEN (team)"]);
    assert_eq!(names(bench.work()).len(), 7);
}

#[test]
fn a_terminal_shows_the_progress() {
    let bench = bench();
    // A sparse file of zeros that takes more than a second to search on any machine. It ends once progress was shown.
    put(&bench, "large", TOKEN);
    let large = fs::File::options().write(true).open(bench.work().join("large")).unwrap();
    large.set_len(64 << 30).unwrap();
    put(&bench, "small", TOKEN);
    let mut terminal = Terminal::etui(&bench, ["scan"]);
    terminal.sees(" so far");
    large.set_len(TOKEN.len() as u64).unwrap();
    let left = terminal.ends();
    assert_eq!(left.code, 1);
    // The progress line is gone before anything else is printed.
    assert!(left.screen.contains("so far\x1b[K\r\x1b[Klarge:1:1 TOKEN (team)\nsmall:1:1 TOKEN (team)\n"), "{left:?}");
}
