//! A pipe, or a file without an end, in the place of git's files in a directory above: no command waits for it
//! or reads it.

use std::fs;

use crate::bench::Bench;

const STRANGE: &[&str] = &[
    "mkfifo .git",
    "ln -s /dev/zero .git",
    "mkdir .git .git/objects .git/refs; mkfifo .git/HEAD",
    "mkdir .git .git/objects .git/refs; ln -s /dev/zero .git/HEAD",
    "mkdir own own/objects own/refs; mkfifo own/HEAD; echo 'gitdir: own' > .git",
    "mkdir .git; mkfifo .git/commondir; echo 'ref: refs/heads/main' > .git/HEAD",
    // A repository, with a state that cannot be read.
    "mkdir .git .git/objects .git/refs .git/rebase-merge; mkfifo .git/rebase-merge/head-name .git/BISECT_START
     echo 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12 > .git/HEAD",
];

#[test]
fn no_command_waits_for_a_pipe_or_reads_without_end() {
    for script in STRANGE {
        let bench = Bench::new();
        fs::create_dir(bench.work().join("team")).unwrap();
        bench.sh(script).ok();
        let etui = |line: &str| bench.etui(["--cwd", "team", "--vault", "acme.age"].into_iter().chain(line.split(' ')));
        etui("init acme --as alice").ok();
        etui("set A -g --value one").ok().says("created A in team acme");
        etui("get A -g").prints("one").says("");
        etui("run -g -- true").ok();
        etui("list -g").ok();
        etui("scan .").ok();
        // These end too, whatever they say.
        for line in ["doctor", "resolve -g -o out", "scan --staged", "guard install", "git install", "sync", "diff"] {
            etui(line);
        }
    }
}
