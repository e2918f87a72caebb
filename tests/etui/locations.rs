//! One team with several repositories: its vault is in one of them, and this laptop knows where. `vault` shows and changes
//! that, and what to do is said where it is not found.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::{Bench, bytes};

/// A laptop with the vault of team acme in the repository `secrets`, and the repository of an application, `app`.
struct Laptop {
    bench: Bench,
    vault: PathBuf,
}

impl Laptop {
    fn new() -> Laptop {
        let bench = Bench::new();
        for name in ["secrets", "app"] {
            repository(&bench, name);
        }
        let laptop = Laptop { vault: bench.work().join("secrets/acme.age"), bench };
        laptop.at("secrets", "init acme --vault acme.age --as alice -p web").ok();
        laptop.at("secrets", "set A --value one -p web").ok();
        laptop
    }

    fn at(&self, directory: &str, line: &str) -> crate::bench::Outcome {
        self.bench.etui(["--cwd", directory].into_iter().chain(line.split(' ')))
    }

    fn shown(&self) -> String {
        self.vault.display().to_string()
    }

    fn fingerprint(&self, vault: &Path) -> String {
        let trust = self.bench.etui(["trust", "--vault", vault.to_str().unwrap()]).ok();
        trust.text().lines().next().unwrap().rsplit(' ').next().unwrap().to_owned()
    }

    /// Moves the repository of the vault.
    fn move_to(&self, name: &str) -> PathBuf {
        fs::rename(self.bench.work().join("secrets"), self.bench.work().join(name)).unwrap();
        self.bench.work().join(name).join("acme.age")
    }
}

fn repository(bench: &Bench, name: &str) {
    bench.sh(&format!("git init -q -b main {name}")).ok();
}

/// Another vault of a team acme, in which the user of the first bench is a member.
fn namesake(bench: &Bench) -> Bench {
    let other = Bench::acme();
    other.set("A", "theirs", &["-g"]);
    let card = bench.etui(["join", "--as", "guest"]).ok();
    other.etui(["member", "add", "guest", card.text().trim_end().rsplit(' ').next().unwrap()]).ok();
    other
}

#[test]
fn a_link_in_another_repository_finds_the_vault_of_its_team() {
    let laptop = Laptop::new();
    let app = laptop.bench.work().join("app");
    laptop.at("app", "link -t acme -p web").ok().says(&format!("linked {} to team acme, project web", app.display()));
    assert_eq!(fs::read_to_string(app.join(".etui.toml")).unwrap(), "team = \"acme\"\nproject = \"web\"\n");
    laptop.at("app", "get A").prints("one").says("");
    laptop.at("app", "set A --value two").ok();
    laptop.at("secrets", "get A -p web").prints("two").says("");
    // An option and a variable find it from anywhere, and so does completion.
    laptop.bench.etui(["get", "A", "-p", "web", "-t", "acme"]).prints("two").says("");
    laptop.bench.with(&[("ETUI_TEAM", "acme")], ["get", "A", "-p", "web"]).prints("two").says("");
    let complete = [("ETUI_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", "2"), ("_CLAP_IFS", "\n")];
    laptop.bench.with(&complete, ["--", "etui", "-t", ""]).prints("acme");
    let forget = [complete[0], ("_CLAP_COMPLETE_INDEX", "3"), complete[2]];
    let offered = laptop.bench.with(&forget, ["--", "etui", "vault", "forget", ""]).ok();
    assert_eq!(offered.text().lines().next(), Some("acme"));
}

#[test]
fn a_link_in_the_repository_of_the_vault_names_it_for_other_clones() {
    let laptop = Laptop::new();
    fs::remove_file(laptop.bench.work().join("secrets/.etui.toml")).unwrap();
    let deep = laptop.bench.work().join("secrets/deep");
    fs::create_dir(&deep).unwrap();
    laptop.at("secrets/deep", "link -t acme -p web").fails(
        2,
        &format!(
            "error: {}/.etui.toml names a vault that is not below it: {}\n \
             hint: put the link above its vault, or name the vault each time: `--vault FILE`",
            deep.display(),
            laptop.shown()
        ),
    );
    // A copy in another repository is not the one that the name means.
    fs::copy(&laptop.vault, laptop.bench.work().join("copy.age")).unwrap();
    let outside = laptop.at("app", "link --vault ../copy.age");
    let add = "; or for one in another repository, first: `etui vault add ";
    assert!(outside.code == 2 && outside.err.contains(add), "{outside:?}");
    laptop.at("secrets", "link -t acme").ok();
    let link = fs::read_to_string(laptop.bench.work().join("secrets/.etui.toml")).unwrap();
    assert_eq!(link, "team = \"acme\"\nvault = \"acme.age\"\n");
}

#[test]
fn vault_list_shows_each_team_where_its_vault_is_and_whether_it_is_there() {
    Bench::new()
        .etui(["vault", "list"])
        .prints("")
        .says("note: this laptop knows no vault yet; to record one: `etui vault add FILE`");
    let laptop = Laptop::new();
    laptop.bench.etui(["init", "beta", "--as", "alice"]).ok();
    let beta = laptop.bench.home().join("beta.age");
    let (acme, prints) = (laptop.shown(), [&laptop.vault, &beta].map(|vault| laptop.fingerprint(vault)));
    let rows = |state: &str| {
        let beta = beta.display();
        format!("acme\t{acme}\t{state}\t{}\nbeta\t{beta}\tthere\t{}\n", prints[0], prints[1])
    };
    laptop.bench.etui(["vault", "list"]).prints(&rows("there")).says("");
    laptop.move_to("moved");
    laptop.bench.etui(["vault", "list"]).prints(&rows("gone")).says("");
    assert_eq!(
        laptop.bench.etui(["vault", "list", "-j"]).ok().document()["items"][0],
        serde_json::json!({"team": "acme", "vault": acme, "state": "gone", "fingerprint": prints[0]})
    );
    // A vault that was never opened here has no fingerprint yet.
    fs::write(laptop.bench.home().join("gamma.age"), "").unwrap();
    let list = laptop.bench.etui(["vault", "ls"]).ok();
    assert!(list.text().ends_with("/gamma.age\tthere\t\n"), "{}", list.text());
}

#[test]
fn a_vault_that_moved_is_recorded_where_it_is() {
    let laptop = Laptop::new();
    laptop.at("app", "link -t acme -p web").ok();
    let (old, moved) = (laptop.shown(), laptop.move_to("moved"));
    let gone = format!("error: no vault of team acme: {old} does not exist\n hint: ");
    let clone = "clone the repository that has it, then `etui vault move FILE`; \
                 or if it is lost: `etui vault forget acme`";
    for line in ["get A", "status", "set A --value x", "link -p web", "list -t acme -g"] {
        laptop.at("app", line).fails(3, &format!("{gone}{clone}"));
    }
    let doctor = laptop.at("app", "doctor").text().to_owned();
    assert_eq!(
        doctor.matches(&format!("no vault of team acme: {old} does not exist\t{clone}\n")).count(),
        1,
        "{doctor}"
    );
    let elsewhere = laptop.bench.etui(["doctor"]).text().to_owned();
    let lost = format!(
        "vault\twrong\tthe vault of team acme, {old}, is gone\tclone its repository again, then \
         `etui vault move FILE`; or if it is lost: `etui vault forget acme`\n"
    );
    assert!(elsewhere.contains(&lost), "{elsewhere}");

    let recorded = format!("recorded {} as the vault of team acme, in place of {old}", moved.display());
    laptop.at("app", "vault move ../moved/acme.age").prints("").says(&recorded);
    laptop.at("app", "get A").prints("one").says("");
    let again = format!("{} is recorded already as the vault of team acme", moved.display());
    laptop.at("moved", "vault move acme.age").prints("").says(&again);
}

#[test]
fn opening_another_clone_changes_the_location_only_once_the_known_one_is_gone() {
    let laptop = Laptop::new();
    let (work, location) = (laptop.bench.work(), || {
        let list = laptop.bench.etui(["vault", "list"]).ok();
        PathBuf::from(list.text().split('\t').nth(1).unwrap())
    });
    repository(&laptop.bench, "clone");
    for name in ["acme.age", ".etui.toml"] {
        fs::copy(work.join("secrets").join(name), work.join("clone").join(name)).unwrap();
    }
    laptop.at("clone", "get A -p web --vault acme.age").prints("one").says("");
    assert_eq!(location(), laptop.vault);
    // In a clone its own vault is the one of the team, and nothing has to be said about it.
    laptop.at("clone", "link --accept").ok();
    laptop.at("clone", "-t acme get A -p web").prints("one").says("");
    // The known one is gone: hints name the other one, and opening that is enough.
    let (old, clone) = (laptop.shown(), work.join("clone/acme.age"));
    laptop.move_to("moved");
    laptop.bench.etui(["list", "-t", "acme", "-g"]).fails(
        3,
        &format!(
            "error: no vault of team acme: {old} does not exist\n \
             hint: it was seen at {0}: `etui vault move {0}`",
            clone.display()
        ),
    );
    laptop.at("clone", "get A -p web --vault acme.age").prints("one").says("");
    assert_eq!(location(), clone);
}

#[test]
fn a_location_is_dropped_and_recorded_again() {
    let laptop = Laptop::new();
    let vault = laptop.shown();
    laptop.bench.etui(["vault", "forget", "acme"]).prints("").says(&format!(
        "forgot where the vault of team acme is: {vault}\n\
         note: to record it again: `etui vault add {vault}`"
    ));
    let seen = format!(
        "error: this laptop knows no vault of team acme\n \
         hint: it was seen at {vault}: `etui vault add {vault}`"
    );
    laptop.bench.etui(["get", "A", "-t", "acme", "-p", "web"]).fails(3, &seen);
    laptop.bench.etui(["vault", "forget", "acme"]).fails(3, "error: this laptop knows no vault of team acme");
    laptop.bench.etui(["vault", "add", &vault]).prints("").says(&format!("recorded {vault} as the vault of team acme"));
    laptop.bench.etui(["get", "A", "-t", "acme", "-p", "web"]).prints("one").says("");
    laptop
        .bench
        .etui(["vault", "forget", "acm"])
        .fails(3, "error: this laptop knows no vault of team acm\n hint: did you mean team acme?");
    laptop.bench.etui(["vault", "forget", "A B"]).fails(
        2,
        "error: `A B`: not a team name: character 1 is not allowed\n \
         hint: a lower-case letter or digit, then lower-case letters, digits, `.`, `_` and `-`: `acme`",
    );
    // What was forgotten is the location alone: an older vault is still refused.
    let old = bytes(&laptop.vault);
    laptop.at("secrets", "set A --value two -p web").ok();
    laptop.bench.etui(["vault", "forget", "acme"]).ok();
    fs::write(&laptop.vault, old).unwrap();
    assert_eq!(laptop.bench.etui(["vault", "add", &vault]).code, 6);
    assert_eq!(laptop.bench.etui(["vault", "list"]).ok().text(), "");
    // Without the file there is nothing to record.
    fs::remove_file(&laptop.vault).unwrap();
    assert_eq!(laptop.bench.etui(["vault", "add", &vault]).code, 3);
    laptop.bench.etui(["get", "A", "-t", "acme"]).fails(
        3,
        "error: this laptop knows no vault of team acme\n \
         hint: clone the repository that has it, then `etui vault add FILE`",
    );
}

#[test]
fn an_unknown_team_is_explained_and_no_second_vault_is_suggested_where_one_exists() {
    let bench = Bench::new();
    fs::create_dir(bench.work().join("app")).unwrap();
    let link = bench.work().join("app/.etui.toml");
    fs::write(&link, "team = \"acme\"\nproject = \"web\"\n").unwrap();
    let at = |line: &str| bench.etui(["--cwd", "app"].into_iter().chain(line.split(' ')));
    at("link --accept").ok();
    let named = format!(
        "error: this laptop knows no vault of team acme, which {} names\n \
         hint: clone the repository that has it, then `etui vault add FILE`; or new to the team? `etui join`",
        link.display()
    );
    for line in ["get A", "status", "-t acme list -g"] {
        at(line).fails(3, &named);
    }
    // Nothing says that this team has one.
    bench.etui(["get", "A", "-t", "zebra"]).fails(
        3,
        "error: this laptop knows no vault of team zebra\n \
         hint: to create it: `etui init zebra`; or if it exists, clone its repository, then `etui vault add FILE`",
    );
    // The link names a file that is not there.
    fs::write(&link, "team = \"acme\"\nvault = \"acme.age\"\n").unwrap();
    at("link --accept").ok();
    at("get A").fails(
        3,
        &format!(
            "error: no vault of team acme: {} does not exist\n \
             hint: bring it here, for example with `git pull`; or new to the team? `etui join`",
            bench.work().join("app/acme.age").display()
        ),
    );
    // The team has one elsewhere: neither itself nor a new one is suggested.
    bench.etui(["init", "acme", "--as", "alice"]).ok();
    at("get A").fails(
        3,
        &format!(
            "error: no vault of team acme: {} does not exist\n \
             hint: it was seen at {1}: `--vault {1}`",
            bench.work().join("app/acme.age").display(),
            bench.vault().display()
        ),
    );
}

#[test]
fn a_lost_vault_of_the_data_directory_is_not_replaced_by_a_hint() {
    let bench = Bench::acme();
    fs::remove_file(bench.vault()).unwrap();
    bench.etui(["list", "-t", "acme", "-g"]).fails(
        3,
        &format!(
            "error: no vault of team acme: {} does not exist\n \
             hint: restore it from a backup; or clone the repository that has it, then `etui vault move FILE`",
            bench.vault().display()
        ),
    );
}

#[test]
fn where_no_team_is_named_those_of_other_repositories_are_listed() {
    let laptop = Laptop::new();
    laptop.bench.etui(["list", "-g"]).fails(
        2,
        "error: which team? the only team here is acme\n \
         hint: `-t acme`; or once for this directory: `etui link -t acme`",
    );
    laptop
        .bench
        .etui(["list", "-g", "-t", "acne"])
        .fails(3, "error: this laptop knows no vault of team acne\n hint: did you mean team acme?");
    laptop.bench.etui(["list", "-g", "-t", "zebra"]).fails(
        3,
        "error: this laptop knows no vault of team zebra\n \
         hint: the only team here is acme; or clone the repository that has it, then `etui vault add FILE`",
    );
    // The only vault in the data directory needs no name.
    laptop.bench.etui(["init", "beta", "--as", "alice"]).ok();
    laptop.bench.etui(["status"]).prints("team beta · unlocked\n");
}

#[test]
fn a_team_gets_no_second_vault_by_mistake() {
    let laptop = Laptop::new();
    let init = |options: &str| laptop.at("app", &format!("init acme --as alice{options}"));
    let exists = format!(
        "error: team acme has a vault already: {}\n \
         hint: to use it here: `etui link -t acme`; or for another team of that name, first: `etui vault forget acme`",
        laptop.shown()
    );
    init("").fails(4, &exists);
    init(" --vault own.age").fails(4, &exists);
    // One that is gone is only mentioned.
    let old = laptop.shown();
    laptop.move_to("moved");
    let made = init(" --vault own.age").ok();
    let warning =
        format!("warning: the vault of team acme that this laptop knew, {old}, is gone; this makes another\n");
    assert!(made.err.starts_with(&warning), "{}", made.err);
    // The one of the data directory can be moved instead.
    let bench = Bench::acme();
    let (usual, own) = (bench.vault().display().to_string(), bench.work().join("own.age").display().to_string());
    bench.etui(["init", "acme", "--vault", "own.age"]).fails(
        4,
        &format!(
            "error: team acme has a vault already: {usual}\n \
             hint: to have that one here: `mv {usual} {own}`, then `etui vault move {own}`"
        ),
    );
    bench.sh(&format!("mv {usual} {own} && etui vault move {own} && etui list -g -t acme")).ok();
}

#[test]
fn two_teams_of_one_name_are_each_known_by_their_path() {
    let laptop = Laptop::new();
    let other = namesake(&laptop.bench);
    let file = laptop.bench.work().join("theirs.age");
    fs::copy(other.vault(), &file).unwrap();
    let theirs = file.to_str().unwrap();
    for verb in ["add", "move"] {
        let outcome = laptop.bench.etui(["vault", verb, "theirs.age"]);
        assert_eq!(outcome.code, 6, "{outcome:?}");
        assert!(outcome.err.ends_with("accept it: `etui --vault theirs.age trust`\n"), "{outcome:?}");
    }
    laptop.bench.etui(["trust", "-y", "--vault", "theirs.age"]).ok();
    // That does not change what the name means.
    laptop.bench.etui(["get", "A", "-t", "acme", "-p", "web"]).prints("one").says("");
    let recorded = format!("recorded {theirs} as the vault of team acme, in place of {}", laptop.shown());
    laptop.bench.etui(["vault", "add", "theirs.age"]).ok().says(&recorded);
    laptop.bench.etui(["get", "A", "-t", "acme", "-g"]).prints("theirs").says("");
    laptop.at("secrets", "get A -p web").prints("one").says("");
    // The first one is known by its path, and is not what the name means.
    let ours = laptop.shown();
    laptop.bench.etui(["vault", "move", &ours]).fails(
        4,
        &format!(
            "error: {ours} is not the vault that team acme means on this laptop\n \
             hint: to let the name mean it: `etui vault add {ours}`"
        ),
    );
    laptop.bench.etui(["vault", "add", &ours]).ok();
    laptop.bench.etui(["get", "A", "-t", "acme", "-p", "web"]).prints("one").says("");
    laptop.bench.etui(["get", "A", "-g", "--vault", "theirs.age"]).prints("theirs").says("");
}

#[test]
fn a_vault_of_the_data_directory_keeps_its_name_until_another_is_recorded() {
    let bench = Bench::acme();
    bench.set("A", "one", &["-g"]);
    repository(&bench, "copy");
    let copy = bench.work().join("copy/acme.age");
    fs::copy(bench.vault(), &copy).unwrap();
    let usual = bench.vault();
    let location = || bench.etui(["vault", "list"]).ok().text().split('\t').nth(1).unwrap().to_owned();
    bench.etui(["get", "A", "-g", "--vault", "copy/acme.age"]).prints("one").says("");
    assert_eq!(location(), usual.display().to_string());
    bench.etui(["vault", "forget", "acme"]).fails(
        4,
        &format!(
            "error: {0} is in the data directory, where its name finds it\n hint: to keep it elsewhere: `mv {0} DIRECTORY`",
            usual.display()
        ),
    );
    bench.etui(["vault", "add", "copy/acme.age"]).ok();
    assert_eq!(location(), copy.display().to_string());
    bench.etui(["vault", "forget", "acme"]).ok().says(&format!(
        "forgot where the vault of team acme is: {}\nnote: the vault of team acme is {} now",
        copy.display(),
        usual.display()
    ));
    assert_eq!(location(), usual.display().to_string());
}

#[test]
fn vault_move_wants_a_vault_that_this_laptop_knows() {
    let bench = Bench::new();
    let other = namesake(&bench);
    fs::copy(other.vault(), bench.work().join("acme.age")).unwrap();
    let shown = bench.work().join("acme.age").display().to_string();
    bench.etui(["vault", "move", "acme.age"]).fails(
        3,
        &format!(
            "error: this laptop knows no vault of team acme yet\n \
             hint: to record this one: `etui vault add {shown}`"
        ),
    );
    assert!(!bench.pins().exists(), "nothing was recorded");
    let added = bench.etui(["vault", "add", "acme.age", "-j"]).ok();
    assert!(added.err.starts_with("first time this laptop opens team acme;"), "{}", added.err);
    assert_eq!(added.document()["vault"], serde_json::json!(shown));
    bench.etui(["vault", "add", "none.age"]).fails(
        3,
        &format!(
            "error: no vault at {0}\n hint: to create it: `etui init TEAM --vault {0}`",
            bench.work().join("none.age").display()
        ),
    );
    let here = bench.work().display().to_string();
    bench.etui(["vault", "add", &here]).fails(
        2,
        &format!("error: {here} is a directory, not a vault\n hint: to see the vaults in it: `ls {here}/*.age`"),
    );
    bench.etui(["vault", "add"]).fails(2, "error: <FILE> is missing\n hint: `etui vault add --help`");
}

#[test]
fn a_data_directory_that_cannot_be_read_is_not_an_empty_one() {
    let bench = Bench::new();
    // A file where the directory should be fails for root too.
    fs::write(bench.work().join("file"), "").unwrap();
    let home = bench.work().join("file");
    let home = home.to_str().unwrap();
    let read = format!("error: cannot read {home}: not a directory");
    for line in [&["list", "-g"][..], &["vault", "list"]] {
        let outcome = bench.with(&[("ETUI_HOME", home)], line);
        assert_eq!((outcome.code, outcome.text()), (1, ""), "{line:?}: {}", outcome.err);
        assert!(outcome.err.starts_with("error: cannot read "), "{line:?}: {read}: {}", outcome.err);
    }
}

#[test]
fn pins_of_an_earlier_version_know_no_locations() {
    let laptop = Laptop::new();
    let pins = fs::read_to_string(laptop.bench.pins()).unwrap();
    let from = pins.find("[locations]").unwrap();
    let to = from + pins[from..].find("\n\n").unwrap() + 2;
    fs::write(laptop.bench.pins(), format!("{}{}", &pins[..from], &pins[to..])).unwrap();
    let seen = format!(
        "error: this laptop knows no vault of team acme\n hint: it was seen at {0}: `etui vault add {0}`",
        laptop.shown()
    );
    laptop.bench.etui(["get", "A", "-t", "acme", "-p", "web"]).fails(3, &seen);
    // To open it where it is, is enough.
    laptop.at("secrets", "get A -p web").prints("one").says("");
    laptop.bench.etui(["get", "A", "-t", "acme", "-p", "web"]).prints("one").says("");
    // Without a vault elsewhere, an earlier version can read the file.
    assert!(!fs::read_to_string(Bench::acme().pins()).unwrap().contains("[locations]"));
}

#[test]
fn a_link_that_is_accepted_says_where_its_vault_is() {
    let laptop = Laptop::new();
    // As after a clone on a new laptop, with nothing opened yet.
    fs::remove_dir_all(laptop.bench.home().join("state")).unwrap();
    assert_eq!(laptop.at("app", "get A -t acme -p web").code, 3);
    laptop.at("secrets", "link --accept").ok();
    laptop.at("app", "get A -t acme -p web").prints("one");
    // A link to another vault does not take the name over while that one is there.
    let other = Laptop::new();
    fs::create_dir(laptop.bench.work().join("app/theirs")).unwrap();
    fs::copy(&other.vault, laptop.bench.work().join("app/theirs/acme.age")).unwrap();
    fs::write(laptop.bench.work().join("app/theirs/.etui.toml"), "team = \"acme\"\nvault = \"acme.age\"\n").unwrap();
    laptop.at("app/theirs", "link --accept").ok();
    laptop.at("app", "get A -t acme -p web").prints("one");
}

#[test]
fn a_namesake_is_compared_with_the_vault_where_it_is_now() {
    let laptop = Laptop::new();
    let other = namesake(&laptop.bench);
    let moved = laptop.move_to("zzz");
    let [from, theirs] = [&moved, &other.vault()].map(|path| path.display().to_string());
    laptop.bench.etui(["vault", "move", &from]).ok();
    for line in [["vault", "add", &theirs], ["vault", "move", &theirs], ["audit", "--vault", &theirs]] {
        let refused = laptop.bench.etui(line);
        assert_eq!(refused.code, 6);
        assert!(refused.err.contains(&format!(", at {from}; alice wrote it\n")), "{}", refused.err);
    }
    assert!(laptop.bench.etui(["vault", "list"]).text().contains(&from));
}
