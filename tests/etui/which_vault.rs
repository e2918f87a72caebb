//! Which vault is used: `--vault`, `ETUI_VAULT`, `-t`, `ETUI_TEAM`, the link, or the only vault; and which
//! section and context the options and the link select.

use std::fs;

use crate::bench::{Bench, bytes};

/// Teams acme and umbrella, each with one secret, TEAM, whose value is the team's name.
fn two() -> Bench {
    let bench = Bench::acme();
    bench.etui(["init", "umbrella", "--as", "alice", "-p", "web"]).ok();
    for team in ["acme", "umbrella"] {
        bench.set("TEAM", team, &["-g", "-t", team]);
    }
    bench
}

#[test]
fn a_single_vault_is_the_default_and_several_have_none() {
    Bench::new().etui(["list", "-g"]).fails(
        2,
        "error: there is no vault yet\n \
         hint: to create one: `etui init TEAM`; or if your team has one, clone its repository, then `etui vault add FILE`",
    );
    let bench = Bench::acme();
    bench.etui(["project", "list", "-j"]).ok().says("");
    let bench = two();
    bench.etui(["list", "-g"]).fails(
        2,
        "error: which team? the teams here are acme and umbrella\n \
         hint: `-t acme`; or once for this directory: `etui link -t acme`",
    );
    drop(bench);
}

#[test]
fn the_order_of_precedence_decides() {
    let bench = two();
    fs::copy(bench.vault(), bench.work().join("copy.age")).unwrap();
    let get = |variables: &[(&str, &str)], options: &[&str]| {
        let arguments = ["get", "TEAM", "-g"].iter().chain(options);
        bench.with(variables, arguments).ok().text().to_owned()
    };
    assert_eq!(get(&[("ETUI_TEAM", "acme")], &[]), "acme");
    assert_eq!(get(&[("ETUI_TEAM", "acme")], &["-t", "umbrella"]), "umbrella");
    assert_eq!(get(&[("ETUI_VAULT", "copy.age")], &[]), "acme");
    assert_eq!(get(&[("ETUI_VAULT", "nowhere.age")], &["--vault", "copy.age"]), "acme");
    bench.etui(["link", "-t", "acme", "-p", "web"]).ok();
    assert_eq!(get(&[], &[]), "acme");
    assert_eq!(get(&[], &["-t", "umbrella"]), "umbrella");
    assert_eq!(get(&[("ETUI_TEAM", "umbrella")], &[]), "umbrella");
    assert_eq!(get(&[("ETUI_VAULT", "../home/umbrella.age")], &[]), "umbrella");
    // An empty variable is ignored.
    assert_eq!(get(&[("ETUI_VAULT", ""), ("ETUI_TEAM", "")], &[]), "acme");
}

#[test]
fn a_given_vault_overrides_a_team_from_the_environment() {
    let bench = two();
    let vault = bench.vault();
    bench.with(&[("ETUI_TEAM", "umbrella")], ["get", "TEAM", "-g", "--vault", vault.to_str().unwrap()]).prints("acme");
}

#[test]
fn a_vault_of_another_team_than_the_given_one_is_not_opened() {
    let bench = two();
    let vault = bench.vault().display().to_string();
    bench.etui(["get", "TEAM", "-g", "-t", "umbrella", "--vault", &vault]).fails(
        6,
        &format!(
            "error: {vault} is the vault of team acme, not of team umbrella\n \
             hint: if you want that vault: `-t acme`"
        ),
    );
}

#[test]
fn a_missing_vault_is_reported_with_a_suggestion() {
    let bench = two();
    let clone = "clone the repository that has it, then `etui vault add FILE`";
    let others = format!("the teams here are acme and umbrella; or {clone}");
    for (team, hint) in [("acm", "did you mean team acme?"), ("zebra", &*others)] {
        bench
            .etui(["list", "-g", "-t", team])
            .fails(3, &format!("error: this laptop knows no vault of team {team}\n hint: {hint}"));
    }
    let file = bench.work().join("no.age").display().to_string();
    bench
        .etui(["list", "-g", "--vault", "no.age"])
        .fails(3, &format!("error: no vault at {file}\n hint: to create it: `etui init TEAM --vault {file}`"));
}

#[test]
fn relative_paths_are_relative_to_the_chosen_directory() {
    let bench = two();
    let sub = bench.work().join("sub");
    fs::create_dir(&sub).unwrap();
    fs::copy(bench.vault(), sub.join("v.age")).unwrap();
    fs::copy(bench.key(), sub.join("id")).unwrap();
    fs::write(sub.join("value"), "from sub").unwrap();
    fs::remove_file(bench.key()).unwrap();
    let sub_of = |variables: &[(&str, &str)], arguments: &[&str]| {
        let arguments = ["--cwd", "sub"].iter().chain(arguments);
        bench.with(variables, arguments).ok().text().to_owned()
    };
    assert_eq!(sub_of(&[], &["get", "TEAM", "-g", "--vault", "v.age", "-i", "id"]), "acme");
    assert_eq!(sub_of(&[("ETUI_VAULT", "v.age"), ("ETUI_KEY_FILE", "id")], &["get", "TEAM", "-g"]), "acme");
    sub_of(&[], &["set", "A", "--file", "value", "-g", "--vault", "v.age", "-i", "id"]);
    assert_eq!(sub_of(&[], &["get", "A", "-g", "--vault", "v.age", "-i", "id"]), "from sub");
    let pwd = sub_of(&[("ETUI_KEY_FILE", "id")], &["run", "--vault", "v.age", "--", "sh", "-c", "cat value"]);
    assert_eq!(pwd, "from sub");
    bench
        .etui(["--cwd", "none", "status"])
        .fails(2, &format!("error: {} is not a directory", bench.work().join("none").display()));
}

#[test]
fn the_command_that_prints_the_key_runs_in_the_chosen_directory() {
    let bench = Bench::acme();
    let sub = bench.work().join("sub");
    fs::create_dir(&sub).unwrap();
    fs::rename(bench.key(), sub.join("id")).unwrap();
    bench.with(&[("ETUI_KEY_COMMAND", "cat id")], ["--cwd", "sub", "list", "-g"]).prints("");
}

#[test]
fn a_link_applies_to_every_directory_below_and_can_be_ignored() {
    let bench = Bench::linked();
    fs::create_dir_all(bench.work().join("a/b")).unwrap();
    bench.etui(["status", "--cwd", "a/b"]).prints("team acme · project web · cluster gpu · unlocked\n");
    bench.etui(["status", "--cwd", "a/b", "--no-link"]).prints("team acme · unlocked\n");
    bench.etui(["set", "A", "--value", "x", "--no-link"]).fails(
        2,
        "error: no section: neither an option nor a link names one\n \
         hint: `-g` for the team, `-p PROJECT` or `-c CLUSTER`; or once for this directory: `etui link -p PROJECT`",
    );
    fs::write(bench.work().join("a/.etui.toml"), "not a link").unwrap();
    bench.etui(["status", "--cwd", "a/b"]).fails(
        2,
        &format!(
            "error: {}, line 1: not the text of a link\n hint: `--no-link` ignores it",
            bench.work().join("a/.etui.toml").display()
        ),
    );
    bench.etui(["status", "--cwd", "a/b", "--no-link"]).prints("team acme · unlocked\n");
}

#[test]
fn a_link_to_another_team_is_ignored() {
    let bench = two();
    bench.etui(["link", "-t", "acme", "-p", "web", "-c", "gpu"]).ok();
    bench.etui(["status", "-t", "umbrella"]).prints("team umbrella · unlocked\n");
    bench.etui(["get", "TEAM", "-t", "umbrella"]).prints("umbrella");
    bench.etui(["list", "-t", "umbrella"]).fails(
        2,
        "error: no section: neither an option nor a link names one\n \
         hint: `-g` for the team, `-p PROJECT` or `-c CLUSTER`; or once for this directory: `etui link -p PROJECT`",
    );
}

#[test]
fn the_section_is_the_given_one_or_the_linked_project() {
    let bench = Bench::linked();
    for (options, place) in [
        (&[][..], "project web of team acme"),
        (&["-p", "api"], "project api of team acme"),
        (&["--project", "api"], "project api of team acme"),
        (&["--project-id", "api"], "project api of team acme"),
        (&["-c", "gpu"], "cluster gpu of team acme"),
        (&["--cluster-id=gpu"], "cluster gpu of team acme"),
        (&["-g"], "team acme"),
        (&["--global"], "team acme"),
    ] {
        let outcome = bench.piped("x", ["generate", "NEW"].iter().chain(options)).ok();
        assert!(
            outcome.err.starts_with(&format!("generated NEW in {place}\n"))
                || outcome.err.contains("generated a new value for NEW"),
            "{outcome:?}"
        );
        let document = bench.etui(["set", "NEW", "--value", "y", "-j"].iter().chain(options)).ok().document();
        let kind = document["section"]["kind"].as_str().unwrap().to_owned();
        let id = document["section"]["id"].as_str().unwrap();
        let section = if kind == "team" { format!("team {id}") } else { format!("{kind} {id} of team acme") };
        assert_eq!(section, place);
    }
}

#[test]
fn section_options_exclude_each_other() {
    let bench = Bench::linked();
    for options in [&["-p", "web", "-c", "gpu"][..], &["-g", "-p", "web"], &["-g", "-c", "gpu"]] {
        for verb in [
            &["set", "A", "--value", "x"][..],
            &["delete", "A"],
            &["history", "A"],
            &["restore", "A"],
            &["purge", "A", "-y"],
            &["rename", "A", "B"],
            &["list"],
            &["get", "A", "--exact"],
            &["secret", "list"],
        ] {
            let outcome = bench.etui(verb.iter().chain(options));
            assert_eq!((outcome.code, outcome.text()), (2, ""), "{verb:?} {options:?}: {}", outcome.err);
        }
    }
}

#[test]
fn context_options_combine_and_default_to_the_link() {
    let bench = Bench::linked();
    for (section, value) in [(&["-g"][..], "team"), (&["-c", "gpu"], "gpu"), (&["-p", "web"], "web")] {
        bench.set(&format!("FROM_{}", value.to_uppercase()), value, section);
    }
    let names = |options: &[&str]| {
        let outcome = bench.etui(["explain"].iter().chain(options)).ok();
        outcome.text().lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&[]), "FROM_GPU FROM_TEAM FROM_WEB");
    assert_eq!(names(&["-p", "api"]), "FROM_GPU FROM_TEAM");
    assert_eq!(names(&["-c", "gpu"]), "FROM_GPU FROM_TEAM FROM_WEB");
    assert_eq!(names(&["-g"]), "FROM_TEAM");
    assert_eq!(names(&["--no-link"]), "FROM_TEAM");
    assert_eq!(names(&["--no-link", "-p", "web"]), "FROM_TEAM FROM_WEB");
    assert_eq!(names(&["--no-link", "-p", "web", "-c", "gpu"]), "FROM_GPU FROM_TEAM FROM_WEB");
    for options in [&["-g", "-p", "web"][..], &["-g", "-c", "gpu"]] {
        assert_eq!(bench.etui(["resolve"].iter().chain(options)).code, 2);
    }
}

#[test]
fn options_may_stand_before_and_after_the_verb() {
    let bench = two();
    for arguments in [
        ["-t", "acme", "get", "TEAM", "-g"],
        ["get", "-t", "acme", "TEAM", "-g"],
        ["get", "TEAM", "-g", "-t", "acme"],
        ["get", "-g", "TEAM", "--team", "acme"],
    ] {
        bench.etui(arguments).prints("acme");
    }
    let before = bench.etui(["-j", "-t", "acme", "list", "-g"]).ok();
    assert_eq!(before.out, bench.etui(["list", "-g", "-t", "acme", "--json"]).ok().out);
    assert_eq!(before.out, bench.etui(["--no-input", "-y", "--color", "never", "list", "-gjt", "acme"]).ok().out);
}

#[test]
#[cfg(target_os = "linux")]
fn without_etui_home_the_platforms_directories_are_used() {
    let bench = Bench::new();
    let root = bench.work().parent().unwrap().to_owned();
    let at = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = bench.command(arguments);
        crate::bench::Outcome::from(command.env_remove("ETUI_HOME").envs(variables.iter().copied()).output().unwrap())
    };
    at(&[], &["init", "acme"]).ok();
    assert!(root.join(".config/etui/identity.txt").exists());
    assert!(root.join(".local/share/etui/acme.age").exists());
    at(&[], &["status"]).prints("team acme · unlocked\n");
    let (config, data) = (root.join("c").display().to_string(), root.join("d").display().to_string());
    at(&[("XDG_CONFIG_HOME", &config), ("XDG_DATA_HOME", &data)], &["init", "beta"]).ok();
    assert!(root.join("c/etui/identity.txt").exists() && root.join("d/etui/beta.age").exists());
}

#[test]
#[cfg(target_os = "macos")]
fn without_etui_home_the_platforms_directory_is_used() {
    let bench = Bench::new();
    let outcome = bench.command(["init", "acme"]).env_remove("ETUI_HOME").output().unwrap();
    assert!(outcome.status.success(), "{outcome:?}");
    let directory = bench.work().parent().unwrap().join("Library/Application Support/etui");
    assert!(directory.join("identity.txt").exists() && directory.join("acme.age").exists());
}

#[test]
fn two_teams_of_the_same_name_are_distinguished() {
    let bench = Bench::acme();
    bench.set("A", "ours", &["-g"]);
    let there = bench.work().join("there");
    fs::create_dir(&there).unwrap();
    let other = Bench::acme();
    other.set("A", "theirs", &["-g"]);
    let card = bench.etui(["join", "--as", "guest"]).ok();
    other.etui(["member", "add", "guest", card.text().trim_end().rsplit(' ').next().unwrap()]).ok();
    let print = |bench: &Bench| {
        let trust = bench.etui(["trust"]).ok();
        trust.text().lines().next().unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    let (ours, theirs) = (print(&bench), print(&other));
    let file = there.join("acme.age");
    fs::copy(other.vault(), &file).unwrap();
    let at = |line: &str| bench.etui(["--cwd", "there"].into_iter().chain(line.split(' ')));
    let differs = |file: &std::path::Path, (by, found): (&str, &str), known: &str, at: &std::path::Path| {
        format!(
            "{} is not the vault of team acme that this laptop knows: its vault fingerprint is {found}, not {known}, at {}; {by} wrote it",
            file.display(),
            at.display()
        )
    };
    let look = "ask alice; to see what differs, and accept it: `etui --vault acme.age trust`";
    for line in ["get A -g --vault acme.age", "set A -g --value x --vault acme.age", "member list --vault acme.age"] {
        at(line)
            .fails(6, &format!("error: {}\n hint: {look}", differs(&file, ("alice", &theirs), &ours, &bench.vault())));
    }
    let trust = at("trust -y --vault acme.age").ok();
    assert!(trust.text().starts_with(&format!("team acme, vault fingerprint {theirs}\n")), "{}", trust.text());
    // Both vaults are pinned now, each at its path.
    for _ in 0..2 {
        at("get A -g --vault acme.age").prints("theirs").says("");
        bench.etui(["get", "A", "-g"]).prints("ours").says("");
    }
    at("set B -g --value b --vault acme.age").ok();
    bench.etui(["set", "B", "-g", "--value", "b"]).ok();
    // Neither is accepted in place of the other, nor at a new path.
    let (here, copy) = (bytes(bench.vault()), bench.work().join("copy.age"));
    fs::copy(&file, bench.vault()).unwrap();
    let message =
        differs(&bench.vault(), ("guest", &theirs), &ours, &file).replace(&format!(", at {}", file.display()), "");
    let plain = look.replace(" --vault acme.age", "").replace("alice", "guest");
    bench.etui(["get", "A", "-g"]).fails(6, &format!("error: {message}\n hint: {plain}"));
    fs::write(bench.vault(), &here).unwrap();
    fs::write(&copy, &here).unwrap();
    let message = differs(&copy, ("alice", &ours), &theirs, &file);
    bench
        .etui(["get", "A", "-g", "--vault", "copy.age"])
        .fails(6, &format!("error: {message}\n hint: {}", look.replace("acme.age", "copy.age")));
    // The team name alone selects the default location; below a link to the other vault a note says which one
    // is used.
    at("link --vault acme.age -p web").ok();
    at("get A").prints("theirs").says("");
    let note = format!("note: the link here uses {} for team acme, not {}", file.display(), bench.vault().display());
    at("-t acme get A -g").prints("theirs").says(&note);
    bench.with(&[("ETUI_TEAM", "acme")], ["--cwd", "there", "get", "A", "-g"]).prints("theirs").says(&note);
    bench.with(&[("ETUI_TEAM", "acme")], ["get", "A", "-g"]).prints("ours").says("");
    at("--no-link -t acme get A -g").prints("ours").says("");
}

#[test]
fn a_hint_about_one_team_and_an_error_about_an_empty_name_are_sentences() {
    let bench = Bench::acme();
    bench.etui(["-t", "zzzzzz", "status"]).fails(
        3,
        "error: this laptop knows no vault of team zzzzzz\n \
         hint: the only team here is acme; or clone the repository that has it, then `etui vault add FILE`",
    );
    bench.etui(["-t", "", "status"]).fails(
        2,
        "error: the team name is empty\n \
         hint: a lower-case letter or digit, then lower-case letters, digits, `.`, `_` and `-`: `acme`",
    );
}
