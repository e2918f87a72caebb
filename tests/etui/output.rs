//! `resolve --output`: writes the whole file or nothing, readable by its owner only. It refuses files that
//! git would commit, and vaults and keys.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::bench::{Bench, Outcome, bytes, names};

const TEXT: &str = "TOKEN=one\n";

/// A team with one secret.
fn acme() -> Bench {
    let bench = Bench::acme();
    bench.set("TOKEN", "one", &["-g"]);
    bench
}

/// Like [`acme`], in a repository with one commit that ignores `.env` and `*.local`.
fn repository() -> Bench {
    let bench = acme();
    let script = "git init -q . && git config user.name a && git config user.email a@b && \
                  printf '.env\\n*.local\\n/build/\\n' > .gitignore && echo x > README && mkdir sub && \
                  git add . && git commit -qm begin";
    bench.sh(script).ok();
    bench
}

/// Writes the output to a file.
fn write(bench: &Bench, file: &str, options: &[&str]) -> Outcome {
    bench.etui(["resolve", &format!("--output={file}")].iter().chain(options))
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[track_caller]
fn writes(bench: &Bench, file: &str, options: &[&str]) {
    write(bench, file, options).prints("").says("");
    let path = bench.work().join(file);
    assert_eq!((bytes(&path), mode(&path)), (TEXT.into(), 0o600), "{file}");
    fs::remove_file(path).unwrap();
}

#[track_caller]
fn refuses(bench: &Bench, file: &str, why: &str, hint: &str) {
    let path = bench.work().join(file);
    let before = fs::read(&path).ok();
    let shown = file.replace('\n', "\\n");
    write(bench, file, &[]).fails(4, &format!("error: {shown} was not written: {why}\n hint: {hint}"));
    assert_eq!(fs::read(&path).ok(), before, "{file}");
}

const UNTRACKED: &str = "git would add it, since no `.gitignore` names it";
const TRACKED: &str = "git tracks it";

// The file.

#[test]
fn the_file_is_readable_by_its_owner_only_even_if_the_old_one_was_not() {
    let bench = acme();
    for mask in ["000", "022", "077"] {
        bench.sh(&format!("umask {mask}; etui resolve -o new")).prints("").says("");
        assert_eq!((bytes(bench.work().join("new")), mode(bench.work().join("new"))), (TEXT.into(), 0o600));
        fs::remove_file(bench.work().join("new")).unwrap();
    }
    fs::write(bench.work().join("old"), "old and longer than what comes").unwrap();
    fs::set_permissions(bench.work().join("old"), fs::Permissions::from_mode(0o644)).unwrap();
    // A process that has the old file open keeps reading the old content.
    let mut old = fs::File::open(bench.work().join("old")).unwrap();
    writes(&bench, "old", &[]);
    let mut text = String::new();
    old.read_to_string(&mut text).unwrap();
    assert_eq!(text, "old and longer than what comes");
    assert_eq!(names(bench.work()), [""; 0]);
}

#[test]
fn writes_every_format_relative_to_the_chosen_directory() {
    let bench = acme();
    fs::create_dir(bench.work().join("sub")).unwrap();
    bench.etui(["resolve", "--cwd", "sub", "-o", "x"]).prints("").says("");
    assert_eq!(bytes(bench.work().join("sub/x")), TEXT.as_bytes());
    bench.etui(["resolve", "-j", "-o", "y"]).prints("").says("");
    assert_eq!(bytes(bench.work().join("y")), b"{\n  \"TOKEN\": \"one\"\n}\n");
    let absolute = bench.work().join("z").display().to_string();
    bench.etui(["resolve", "-o", &absolute, "--format", "shell"]).prints("").says("");
    assert_eq!(bytes(bench.work().join("z")), b"export TOKEN='one'\n");
    assert_eq!(bench.etui(["resolve", "--force"]).code, 2, "--force needs --output");
}

#[test]
fn a_symbolic_link_is_followed_and_kept() {
    let bench = acme();
    fs::create_dir(bench.work().join("far")).unwrap();
    symlink("far/file", bench.work().join("near")).unwrap();
    symlink("near", bench.work().join("nearer")).unwrap();
    write(&bench, "nearer", &[]).prints("").says("");
    assert_eq!(bytes(bench.work().join("far/file")), TEXT.as_bytes());
    assert!(bench.work().join("near").is_symlink() && bench.work().join("nearer").is_symlink());
    symlink("loop", bench.work().join("loop")).unwrap();
    let outcome = write(&bench, "loop", &[]);
    assert_eq!(outcome.code, 0, "a link to itself is replaced: {outcome:?}");
}

#[test]
fn a_second_hard_link_keeps_the_old_content() {
    let bench = acme();
    fs::write(bench.work().join("one"), "old").unwrap();
    fs::hard_link(bench.work().join("one"), bench.work().join("two")).unwrap();
    write(&bench, "two", &[]).ok();
    assert_eq!(bytes(bench.work().join("one")), b"old");
}

#[test]
fn a_failed_write_is_an_error_and_leaves_nothing() {
    let bench = acme();
    let work = bench.work().display().to_string();
    write(&bench, "none/x", &[]).fails(1, &format!("error: cannot write {work}/none/x: no such file or directory"));
    fs::create_dir(bench.work().join("full")).unwrap();
    write(&bench, "full", &[]).fails(1, &format!("error: cannot write {work}/full: is a directory"));
    assert_eq!(write(&bench, "", &[]).code, 2);
    // As on a full disk, only half of the text fits; the old file stays whole.
    bench.set("LARGE", vec![b'x'; 100_000], &["-g"]);
    fs::write(bench.work().join("full/old"), "old").unwrap();
    let outcome = bench.sh("trap '' XFSZ; ulimit -f 16; etui resolve -o full/old");
    outcome.fails(
        1,
        &format!(
            "error: cannot write {work}/full/old: file too large\n \
             hint: nothing was changed; free some space and run it again"
        ),
    );
    assert_eq!(
        (bytes(bench.work().join("full/old")), names(bench.work().join("full"))),
        (b"old".to_vec(), vec!["old".into()])
    );
}

#[test]
fn a_command_that_fails_writes_nothing() {
    let bench = acme();
    bench.set("LINES", "a\nb", &["-p", "web"]);
    fs::write(bench.work().join("old"), "old").unwrap();
    for file in ["old", "new"] {
        assert_eq!(write(&bench, file, &["-p", "web", "--format", "docker"]).code, 1);
        assert_eq!(write(&bench, file, &["--only", "NONE"]).code, 3);
        assert_eq!(write(&bench, file, &["--recipient", "age1none"]).code, 2);
        assert_eq!(write(&bench, file, &["-p", "none"]).code, 3);
    }
    assert_eq!((names(bench.work()), bytes(bench.work().join("old"))), (vec!["old".into()], b"old".to_vec()));
}

#[test]
fn standard_output_and_pipes_are_written_through() {
    let bench = repository();
    for (script, printed) in [
        ("etui resolve -o -", TEXT),
        ("etui resolve -o /dev/stdout", TEXT),
        ("etui resolve -o /dev/stdout | cat", TEXT),
        ("etui resolve -o /dev/fd/3 3>&1 | cat", TEXT),
        // Neither the file nor output that others write into it is lost.
        ("(echo a; etui resolve -o /dev/stdout; echo b) > build; cat build; rm build", "a\nTOKEN=one\nb\n"),
        ("(echo a; etui resolve -o /dev/fd/1; echo b) >> build; cat build; rm build", "a\nTOKEN=one\nb\n"),
        ("mkfifo f; cat f & etui resolve -o f; wait; rm f", TEXT),
        ("etui resolve -o /dev/null; test -c /dev/null", ""),
    ] {
        bench.sh(script).prints(printed).says("");
    }
    let mut bash = Command::new("bash");
    let etui = bench.command([""; 0]);
    bash.args(["-c", "\"$0\" resolve -o >(cat > substituted; echo ok); wait $!"]).arg(etui.get_program());
    bash.env_clear().envs(etui.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(bench.work());
    Outcome::from(bash.output().unwrap()).prints("ok\n").says("");
    assert_eq!(bytes(bench.work().join("substituted")), TEXT.as_bytes());
}

// Files that git would commit.

#[test]
fn git_is_not_needed_outside_a_repository() {
    let bench = acme();
    bench.with(&[("PATH", "/nowhere")], ["resolve", "-o", "x"]).prints("").says("");
}

#[test]
fn in_a_repository_only_ignored_files_are_written() {
    let bench = repository();
    fs::create_dir(bench.work().join("build")).unwrap();
    for file in [".env", "sub/.env", "a.local", "sub/b.local", "build/x", "./sub/../.env"] {
        writes(&bench, file, &[]);
    }
    for (file, name) in [("env", "env"), ("sub/x", "x"), ("./sub/../y", "y"), ("sub/build", "build")] {
        refuses(&bench, file, UNTRACKED, &format!("`echo {name} >> .gitignore`; or `--force` writes it nevertheless"));
        writes(&bench, file, &["--force"]);
    }
    refuses(
        &bench,
        "README",
        TRACKED,
        "`git rm --cached README`, and add it to `.gitignore`; or `--force` writes it nevertheless",
    );
    let document = write(&bench, "x", &["-j"]);
    assert!(document.err.starts_with("{\"error\":{\"code\":\"output_tracked\",\"exit\":4,"), "{}", document.err);
    // The hints work.
    bench.sh("echo env >> .gitignore").ok();
    writes(&bench, "env", &[]);
    bench.sh("git rm -q --cached README; echo README >> .gitignore").ok();
    writes(&bench, "README", &[]);
}

#[test]
fn a_tracked_file_is_refused_even_if_it_is_ignored() {
    let bench = repository();
    bench.sh("echo a > .env; git add -f .env").ok();
    refuses(
        &bench,
        ".env",
        TRACKED,
        "`git rm --cached .env`, and add it to `.gitignore`; or `--force` writes it nevertheless",
    );
    bench.sh("git commit -qm x; rm .env").ok();
    refuses(
        &bench,
        ".env",
        TRACKED,
        "`git rm --cached .env`, and add it to `.gitignore`; or `--force` writes it nevertheless",
    );
    bench.sh("git add -N -f c.local 2>&1; : > c.local; git add -N -f c.local").ok();
    refuses(
        &bench,
        "c.local",
        TRACKED,
        "`git rm --cached c.local`, and add it to `.gitignore`; or `--force` writes it nevertheless",
    );
    writes(&bench, ".env", &["--force"]);
}

#[test]
fn every_kind_of_ignore_rule_and_exception_counts() {
    let bench = repository();
    bench.sh("echo '!keep.local' > sub/.gitignore; echo only >> sub/.gitignore").ok();
    refuses(
        &bench,
        "sub/keep.local",
        UNTRACKED,
        "`echo keep.local >> .gitignore`; or `--force` writes it nevertheless",
    );
    writes(&bench, "sub/only", &[]);
    refuses(&bench, "only", UNTRACKED, "`echo only >> .gitignore`; or `--force` writes it nevertheless");
    bench.sh("echo mine >> .git/info/exclude").ok();
    writes(&bench, "mine", &[]);
    bench.sh("echo everywhere > ~/ignore; git config --global core.excludesFile '~/ignore'").ok();
    writes(&bench, "everywhere", &[]);
    bench
        .sh("mkdir -p ~/.config/git; git config --global --unset core.excludesFile; echo xdg > ~/.config/git/ignore")
        .ok();
    writes(&bench, "sub/xdg", &[]);
    refuses(&bench, "everywhere", UNTRACKED, "`echo everywhere >> .gitignore`; or `--force` writes it nevertheless");
}

#[test]
fn a_symbolic_link_is_checked_at_its_target() {
    let bench = repository();
    let outside = tempfile::tempdir().unwrap();
    // A tracked link to a file outside the repository: whoever can push chose that file.
    symlink(outside.path().join("x"), bench.work().join("out")).unwrap();
    bench.sh("git add out").ok();
    let outcome = write(&bench, "out", &[]);
    assert_eq!(outcome.code, 4, "{}", outcome.err);
    assert!(outcome.err.contains("out was not written: git tracks the symbolic link "), "{}", outcome.err);
    write(&bench, "out", &["--force"]).prints("").says("");
    assert_eq!(bytes(outside.path().join("x")), TEXT.as_bytes());
    // Links into the repository, to a file and to a directory.
    symlink(bench.work().join("README"), outside.path().join("in")).unwrap();
    symlink(bench.work().join("sub"), outside.path().join("directory")).unwrap();
    symlink("directory", outside.path().join("again")).unwrap();
    for (file, why) in
        [("in", TRACKED), ("directory/x", UNTRACKED), ("again/x", UNTRACKED), ("directory/../x", UNTRACKED)]
    {
        let path = outside.path().join(file).display().to_string();
        let outcome = write(&bench, &path, &[]);
        assert_eq!((outcome.code, outcome.text()), (4, ""), "{file}: {}", outcome.err);
        assert!(outcome.err.starts_with(&format!("error: {path} was not written: {why}\n")), "{}", outcome.err);
    }
    assert_eq!((bytes(bench.work().join("README")), names(bench.work().join("sub"))), (b"x\n".to_vec(), vec![]));
}

#[test]
fn worktrees_submodules_and_nested_repositories_use_their_own_rules() {
    let bench = repository();
    bench.sh("git worktree add -q ../tree && echo wt > ../tree/.gitignore").ok();
    writes(&bench, "../tree/wt", &[]);
    refuses(
        &bench,
        "../tree/other",
        UNTRACKED,
        "`echo other >> ../tree/.gitignore`; or `--force` writes it nevertheless",
    );
    bench
        .sh("git -c protocol.file.allow=always submodule add -q \"$PWD\" module 2>&1 && echo sm >> module/.gitignore")
        .ok();
    writes(&bench, "module/sm", &[]);
    writes(&bench, "module/.env", &[]);
    refuses(&bench, "module/new", UNTRACKED, "`echo new >> .gitignore`; or `--force` writes it nevertheless");
    refuses(
        &bench,
        "module/README",
        TRACKED,
        "`git rm --cached module/README`, and add it to `.gitignore`; or `--force` writes it nevertheless",
    );
    // Ignored as a whole by the outer repository, but a repository itself.
    bench.sh("mkdir -p build/inner && git init -q build/inner").ok();
    refuses(&bench, "build/inner/x", UNTRACKED, "`echo x >> .gitignore`; or `--force` writes it nevertheless");
    // Git's own directory is not part of the working tree.
    writes(&bench, ".git/x", &[]);
}

#[test]
fn names_with_special_characters_are_plain_names() {
    let bench = repository();
    let odd = [
        "a*b",
        ":x",
        ":(top)z",
        "-x",
        "--",
        "s p",
        " ",
        "n\nl",
        "!bang",
        "#hash",
        "[a]",
        "back\\slash",
        "'q'",
        "é",
        "$HOME",
        "?",
    ];
    for name in odd {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        assert!(!is_plain);
        refuses(
            &bench,
            &format!("sub/{name}"),
            UNTRACKED,
            "add its name to `.gitignore`, with its special characters escaped; or `--force` writes it nevertheless",
        );
    }
    // Only names that a pattern matches are ignored, not names that look like the pattern.
    bench.sh("printf '%s\\n' 'a\\*b' ':x' ':(top)z' '-x' '--' 's p' '\\!bang' '\\#hash' '\\[a\\]' 'back\\\\slash' > sub/.gitignore").ok();
    for name in ["a*b", ":x", ":(top)z", "-x", "--", "s p", "!bang", "#hash", "[a]", "back\\slash"] {
        writes(&bench, &format!("sub/{name}"), &[]);
    }
    refuses(&bench, "sub/aXb", UNTRACKED, "`echo aXb >> .gitignore`; or `--force` writes it nevertheless");
    refuses(&bench, "sub/a", UNTRACKED, "`echo a >> .gitignore`; or `--force` writes it nevertheless");
    // A tracked name with a wildcard is only a name, not a pattern for others.
    bench.sh("echo x > 'sub/t*'; git add -f 'sub/t*'; echo 't*' >> sub/.gitignore").ok();
    writes(&bench, "sub/two", &[]);
    refuses(
        &bench,
        "sub/t*",
        TRACKED,
        "`git rm --cached`, and add it to `.gitignore`; or `--force` writes it nevertheless",
    );
}

#[test]
fn refused_if_git_cannot_answer() {
    let bench = repository();
    let work = bench.work().canonicalize().unwrap().display().to_string();
    let message = |why: &str, hint: &str| {
        format!(
            "error: .env was not written: git cannot say whether it would be committed: {why}\n \
             hint: {hint}; or `--force`, if you know that it would not"
        )
    };
    let install = "install git, for example with your package manager";
    bench.with(&[("PATH", "/nowhere")], ["resolve", "-o", ".env"]).fails(4, &message("git is not installed", install));
    bench.with(&[("PATH", "/nowhere")], ["resolve", "-o", ".env", "--force"]).prints("").says("");
    fs::remove_file(bench.work().join(".env")).unwrap();
    // Pretend that another user owns the repository, for which git has a test variable.
    let other = [("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")];
    bench.with(&other, ["resolve", "-o", ".env"]).fails(
        4,
        &message(
            &format!("detected dubious ownership in repository at '{work}'"),
            &format!("if you trust its owner: `git config --global --add safe.directory {work}`"),
        ),
    );
    fs::write(bench.work().join(".git/config"), "[core\n").unwrap();
    let outcome = write(&bench, ".env", &[]);
    assert!(
        outcome.code == 4 && outcome.err.contains("git cannot say whether it would be committed: bad config line 1"),
        "{outcome:?}"
    );
    fs::remove_dir_all(bench.work().join(".git")).unwrap();
    fs::write(bench.work().join(".git"), "gitdir: nowhere\n").unwrap();
    let outcome = write(&bench, ".env", &[]);
    assert!(outcome.code == 4 && outcome.err.contains("git cannot say"), "{outcome:?}");
    assert!(!bench.work().join(".env").exists());
}

#[test]
fn the_variables_of_a_git_hook_do_not_matter() {
    let bench = repository();
    bench.sh("mkdir ../other && git init -q ../other && echo x > ../other/.gitignore").ok();
    // git sets variables for a hook that point to its repository.
    fs::write(
        bench.work().join(".git/hooks/pre-commit"),
        "#!/bin/sh\nenv | grep -q GIT_INDEX_FILE || exit 9\n\
         etui resolve -o ../other/x && etui resolve -o .env && ! etui resolve -o ../other/env && ! etui resolve -o x\n",
    )
    .unwrap();
    fs::set_permissions(bench.work().join(".git/hooks/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    bench.sh("git commit -q --allow-empty -m x").prints("").says(&format!(
        "error: ../other/env was not written: {UNTRACKED}\n \
         hint: `echo env >> ../other/.gitignore`; or `--force` writes it nevertheless\n\
         error: x was not written: {UNTRACKED}\n \
         hint: `echo x >> .gitignore`; or `--force` writes it nevertheless"
    ));
    for variables in [
        &[("GIT_DIR", "/nowhere")][..],
        &[("GIT_DIR", "../other/.git"), ("GIT_WORK_TREE", "../other")],
        &[("GIT_INDEX_FILE", "/dev/null")],
        &[("GIT_PREFIX", "sub/")],
        &[("GIT_COMMON_DIR", "/nowhere")],
        &[("GIT_TRACE", "1")],
    ] {
        assert_eq!(bench.with(variables, ["resolve", "-o", "x"]).code, 4, "{variables:?}");
        assert_eq!(bench.with(variables, ["resolve", "-o", "README"]).code, 4, "{variables:?}");
        bench.with(variables, ["resolve", "-o", ".env"]).prints("");
        fs::remove_file(bench.work().join(".env")).unwrap();
    }
}

// Files without another copy.

#[test]
fn a_vault_or_a_key_is_never_overwritten() {
    let bench = acme();
    bench.etui(["init", "other", "--as", "alice"]).ok();
    let own = bench.work().join("own.key");
    fs::copy(bench.key(), &own).unwrap();
    symlink(bench.vault(), bench.work().join("to-vault")).unwrap();
    symlink(bench.home(), bench.work().join("home")).unwrap();
    let own = own.display().to_string();
    let files = |bench: &Bench| {
        [bench.vault(), bench.key(), bench.work().join("own.key"), bench.home().join("other.age")].map(bytes)
    };
    let before = files(&bench);
    let (vault, key) = (bench.vault().display().to_string(), bench.key().display().to_string());
    for (file, what, variables, options) in [
        (&vault[..], "the vault", &[][..], &[][..]),
        (&vault, "the vault", &[("ETUI_VAULT", &vault[..])], &[]),
        ("to-vault", "the vault", &[], &[]),
        ("home/acme.age", "the vault", &[], &[]),
        ("home/../home/other.age", "a vault", &[], &[]),
        (&key, "a key", &[], &[]),
        (&key, "a key", &[], &["-i", &own]),
        (&own, "a key", &[], &["-i", &own]),
        ("own.key", "a key", &[("ETUI_KEY_FILE", &own)], &[]),
        ("own.key", "a key", &[("ETUI_KEY_FILE", "own.key")], &[]),
    ] {
        for force in [&[][..], &["--force"]] {
            let arguments = [&["resolve", "-t", "acme", "-o", file][..], options, force].concat();
            bench
                .with(variables, arguments)
                .fails(4, &format!("error: {file} was not written: it is {what}\n hint: choose another file"));
            assert!(files(&bench) == before, "{file}");
        }
    }
    let outcome = bench.etui(["resolve", "-t", "acme", "-o", &vault, "--force", "-j"]);
    assert!(outcome.err.starts_with("{\"error\":{\"code\":\"output_precious\",\"exit\":4,"), "{}", outcome.err);
}

#[test]
#[ignore = "long: 100 kills"]
fn a_kill_leaves_either_the_old_or_the_new_file() {
    let bench = acme();
    let file = bench.work().join("file");
    let (mut old, mut new) = (0, 0);
    for time in 0..100 {
        fs::write(&file, "old").unwrap();
        let mut child = bench.command(["resolve", "-o", "file"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(200 * time));
        child.kill().unwrap();
        child.wait().unwrap();
        match &bytes(&file)[..] {
            b"old" => old += 1,
            text => {
                assert_eq!((text, mode(&file)), (TEXT.as_bytes(), 0o600));
                new += 1;
            }
        }
    }
    assert!(old > 0 && new > 0, "{old} {new}");
    // A temporary file left by a kill is private too.
    for name in names(bench.work()).iter().filter(|name| *name != "file") {
        assert_eq!(fs::metadata(bench.work().join(name)).unwrap().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn the_temporary_file_of_a_killed_run_is_swept() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let left = |name: &str, age: &str| {
        let path = bench.work().join(name);
        fs::write(&path, "A=old\n").unwrap();
        assert!(Command::new("touch").args(["-d", age]).arg(&path).status().unwrap().success());
    };
    left(".out.env.tmp-killed", "2 minutes ago");
    left(".out.env.tmp-alive", "now");
    left(".etui-other", "2 minutes ago");
    bench.etui(["resolve", "-g", "--output", "out.env"]).ok();
    assert_eq!(names(bench.work()), [".etui-other", ".out.env.tmp-alive", "out.env"]);
}
