//! The recipes of `etui help recovery`, `git` and `ci`, as a team types them.

use std::fs;
use std::process::Command;

use super::{Laptop, Team};
use crate::bench::{Outcome, bytes};
use crate::terminal::driver::Terminal;

/// Runs the lines of the recipe, each of which has to stand in the topic.
struct Recipe {
    topic: String,
}

impl Recipe {
    fn of(laptop: &Laptop) -> Recipe {
        Recipe::from("recovery", laptop)
    }

    fn from(topic: &str, laptop: &Laptop) -> Recipe {
        Recipe { topic: laptop.etui(&format!("help {topic}")).ok().text().to_owned() }
    }

    /// Runs a line of the topic, with `real` in the place of what the topic shows.
    #[track_caller]
    fn run(&self, laptop: &Laptop, shown: &str, real: &[(&str, &str)]) -> Outcome {
        let topic = self.topic.replace('\n', " ");
        assert!(topic.contains(shown), "{shown}");
        let line = real.iter().fold(shown.to_owned(), |line, (placeholder, real)| line.replace(placeholder, real));
        match line.split_once(' ').unwrap() {
            ("git", task) => laptop.git(task),
            (_, task) => laptop.etui(task),
        }
    }
}

/// The card in what `key show` or `key new` prints.
fn card(printed: &Outcome) -> String {
    let line = printed.text().lines().find_map(|line| line.strip_prefix("card ")).unwrap();
    line.trim().to_owned()
}

fn move_key_away(laptop: &Laptop) {
    fs::rename(laptop.bench.key(), laptop.bench.key().with_extension("lost")).unwrap();
}

#[test]
fn a_lost_key_is_replaced_by_another_writer() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let recipe = Recipe::of(alice);
    // alice is the founder; bob becomes the root.
    move_key_away(alice);
    recipe.run(alice, "etui key new", &[]).ok();
    let card = card(&recipe.run(alice, "etui key show", &[]).ok());
    recipe.run(bob, "etui member update alice etui1…", &[("etui1…", &card)]).ok();
    recipe.run(bob, "etui sync", &[]).ok();
    alice.git("pull -q").ok();
    alice.etui("get A -g").prints("start");
    alice.set("A", "again");
    alice.etui("sync").ok();
}

#[test]
fn a_key_comes_back_from_its_words() {
    let team = Team::two();
    let bob = &team.laptops[1];
    let recipe = Recipe::of(bob);
    let words = recipe.run(bob, "etui key backup", &[]).ok().text().to_owned();
    move_key_away(bob);
    // It asks, or reads a pipe.
    assert!(recipe.topic.contains("\n  etui key restore  "));
    bob.bench.piped(&words, ["key", "restore"]).ok();
    bob.set("A", "again");
    bob.etui("sync").ok();
}

#[test]
fn a_key_is_rotated_without_a_gap() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let recipe = Recipe::of(bob);
    // bob needs a colleague; alice is the root.
    let line = recipe.run(bob, "etui key rotate", &[]).ok().text().to_owned();
    bob.set("A", "with-the-old-key");
    bob.etui("sync").ok();
    alice.etui("sync").ok();
    alice.etui(line.trim_end().strip_prefix("etui ").unwrap()).ok();
    alice.etui("sync").ok();
    bob.git("pull -q").ok();
    recipe.run(bob, "etui key rotate", &[("etui", "etui -y")]).ok();
    bob.set("A", "with-the-new-key");
    recipe.run(alice, "etui key rotate", &[]).prints("");
    recipe.run(alice, "etui sync", &[]).ok();
    recipe.run(alice, "etui key rotate", &[("etui", "etui -y")]).ok();
    for laptop in [bob, alice] {
        laptop.etui("sync").ok();
        laptop.etui("get A -g").prints("with-the-new-key");
        let keys = etui::keys::Identity::parse_all(&bytes(laptop.bench.key())).unwrap();
        assert_eq!(keys.len(), 1);
    }
    // What the old key wrote after its removal is taken in on request.
    let line = recipe.run(bob, "etui key rotate", &[]).ok().text().to_owned();
    alice.etui(line.trim_end().strip_prefix("etui ").unwrap()).ok();
    alice.etui("sync").ok();
    bob.set("B", "in-between");
    assert_eq!(bob.etui("sync").code, 6);
    bob.git("merge -q origin/main");
    bob.etui("-y git resolve").ok();
    bob.git("commit -q --no-edit").ok();
    bob.etui("get B -g").prints("in-between");
}

#[test]
fn a_lost_laptop_is_put_out_and_all_it_could_read_gets_new_values() {
    let team = Team::of(&["alice", "bob", "alice-laptop"]);
    let [alice, bob, lost] = &team.laptops[..] else { unreachable!() };
    let recipe = Recipe::of(bob);
    bob.set("STRIPE_KEY", "old");
    bob.etui("sync").ok();
    recipe.run(bob, "etui member remove alice-laptop", &[("etui", "etui -y")]).ok();
    recipe.run(bob, "etui sync", &[]).ok();
    assert_eq!(recipe.run(bob, "etui audit", &[]).code, 1);
    // It asks, so a terminal runs it.
    assert!(recipe.topic.contains("\n  etui rotate  "));
    let mut rotate = Terminal::etui(&bob.bench, ["rotate"]);
    rotate.sees("(1 of 2)").sees("> ").types("generate\n");
    rotate.sees("> ").types("type\n").asks_hidden("Value for STRIPE_KEY: ").types("typed\r").ends();
    recipe.run(bob, "etui audit", &[]).ok();
    // In a script.
    recipe.run(bob, "etui generate SESSION_KEY", &[("SESSION_KEY", "A -g")]).ok();
    recipe.run(bob, "etui set STRIPE_KEY", &[("STRIPE_KEY", "STRIPE_KEY -g --value new")]).ok();
    recipe.run(bob, "etui sync", &[]).ok();
    // Everybody goes on but the laptop that was lost; alice's new one joins.
    alice.etui("sync").ok();
    alice.etui("get STRIPE_KEY -g").prints("new");
    lost.git("pull -q").ok();
    assert_eq!(lost.etui("get STRIPE_KEY -g").code, 5);
    let desk = Laptop::clone_of(team.hub.path(), "alice-desk");
    let line = recipe.run(&desk, "etui join --as alice-desk", &[]).ok();
    alice.etui(line.text().trim_end().strip_prefix("etui ").unwrap()).ok();
    alice.etui("sync").ok();
    desk.git("pull -q").ok();
    desk.etui("link --accept").ok();
    desk.etui("get STRIPE_KEY -g").prints("new");
}

#[test]
fn the_team_goes_on_when_its_founder_leaves() {
    let team = Team::of(&["alice", "bob", "carol"]);
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    let recipe = Recipe::of(bob);
    let fingerprint = |laptop: &Laptop| laptop.etui("trust").ok().text().lines().next().unwrap().to_owned();
    let (before, token) = (fingerprint(carol), carol.etui("trust --export").ok().text().trim().to_owned());
    recipe.run(bob, "etui member remove alice", &[("etui", "etui -y")]).ok();
    recipe.run(bob, "etui sync", &[]).ok();
    assert_eq!(recipe.run(bob, "etui audit", &[]).code, 1);

    carol.etui("sync").ok();
    assert_eq!(fingerprint(carol), before);
    carol.etui("get A -g").prints("start");
    carol.set("A", "new");
    carol.etui("sync").ok();
    // A token from before, on a machine without pins.
    fs::remove_dir_all(bob.bench.home().join("state")).unwrap();
    bob.git("pull -q").ok();
    bob.bench.with(&[("ETUI_TRUST", &token)], ["get", "A", "-g"]).prints("new");
    alice.git("pull -q").ok();
    assert_eq!(alice.etui("get A -g").code, 5);
}

#[test]
fn a_vault_deleted_in_git_comes_back_by_the_line_that_the_error_prints() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let recipe = Recipe::of(alice);
    alice.git("rm -q acme.age").ok();
    let missing = alice.etui("get A -g");
    assert!(missing.err.contains("hint: restore it: `git checkout HEAD -- acme.age`"), "{}", missing.err);
    recipe.run(alice, "git checkout HEAD -- acme.age", &[]).ok();
    alice.etui("get A -g").prints("start");

    alice.git("rm -q acme.age").ok();
    alice.git("commit -q -m oops").ok();
    alice.git("push -q").ok();
    bob.git("pull -q").ok();
    let commit = bob.git("rev-parse --short HEAD").ok().text().trim().to_owned();
    bob.git("commit -q --allow-empty -m later").ok();
    bob.git("push -q").ok();
    let vault = bob.file();
    bob.etui("get A -g").fails(
        3,
        &format!(
            "error: {} does not exist: commit {commit} deleted it\n hint: restore it: `git checkout {commit}~1 -- acme.age`",
            vault.display()
        ),
    );
    let log = recipe.run(bob, "git log -1 --diff-filter=D -- acme.age", &[]).ok();
    assert!(log.text().contains("oops"), "{}", log.text());
    recipe.run(bob, "git checkout COMMIT~1 -- acme.age", &[("COMMIT", &commit)]).ok();
    bob.etui("get A -g").prints("start");
    recipe.run(bob, "etui sync", &[]).ok();
    alice.git("pull -q").ok();
    alice.etui("get A -g").prints("start");
}

#[test]
fn a_machine_without_its_state_trusts_anew_or_by_a_token() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let recipe = Recipe::of(alice);
    let token = recipe.run(alice, "etui trust --export", &[]).ok().text().trim().to_owned();
    fs::remove_dir_all(bob.bench.home().join("state")).unwrap();
    assert_eq!(bob.etui("get A -g").code, 2);
    recipe.run(bob, "etui link --accept", &[]).ok();
    let expected = alice.etui("trust").ok().text().lines().next().unwrap().to_owned();
    let trusted = bob.bench.with(&[("ETUI_TRUST", &token)], ["trust"]).ok();
    assert_eq!(trusted.text().lines().next(), Some(&*expected));
    bob.set("A", "new");
    bob.etui("sync").ok();
    alice.etui("sync").ok();
    alice.etui("get A -g").prints("new");
}

#[test]
fn an_old_vault_from_a_backup_gives_way_to_the_newer_one_or_is_accepted() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let recipe = Recipe::of(alice);
    let old = bytes(alice.file());
    alice.set("A", "new");
    alice.etui("sync").ok();
    bob.etui("sync").ok();
    let backup = alice.bench.home().join("old.age");
    fs::write(&backup, &old).unwrap();

    fs::write(alice.file(), &old).unwrap();
    assert_eq!(alice.etui("get A -g").code, 6);
    recipe
        .run(alice, "etui get NAME --vault old.age", &[("NAME", "A"), ("old.age", backup.to_str().unwrap())])
        .prints("start");
    recipe.run(alice, "git checkout HEAD -- acme.age", &[]).ok();
    alice.etui("get A -g").prints("new");

    // The newer one is gone here, and a colleague has a copy.
    fs::write(alice.file(), &old).unwrap();
    alice.etui("-y trust").ok();
    alice.etui("get A -g").prints("start");
    recipe.run(alice, "etui merge COPY", &[("COPY", bob.file().to_str().unwrap())]).ok();
    alice.etui("get A -g").prints("new");
}

#[test]
fn a_value_that_was_deleted_or_changed_comes_back() {
    let team = Team::of(&["alice"]);
    let alice = &team.laptops[0];
    let recipe = Recipe::of(alice);
    alice.set("A", "second");
    alice.set("A", "third");
    recipe.run(alice, "etui restore NAME --version 2", &[("NAME", "A -g")]).ok();
    alice.etui("get A -g").prints("start");
    alice.etui("delete A -g").ok();
    recipe.run(alice, "etui restore NAME", &[("NAME", "A -g")]).ok();
    alice.etui("get A -g").prints("start");
}

#[test]
fn a_new_team_shares_its_vault_and_hands_it_to_a_job() {
    let hub = tempfile::tempdir().unwrap();
    let init = Command::new("git").args(["init", "-q", "--bare", "-b", "main"]).arg(hub.path()).output();
    Outcome::from(init.unwrap()).ok();
    let alice = Laptop::clone_of(hub.path(), "alice");
    alice.git("checkout -q -b main");
    let recipe = Recipe::from("git", &alice);
    recipe.run(&alice, "etui init acme --vault secrets/acme.age", &[]).ok();
    recipe.run(&alice, "etui git install", &[]).ok();
    recipe.run(&alice, "git add .etui.toml secrets", &[]).ok();
    recipe.run(&alice, "git commit -m vault", &[]).ok();
    recipe.run(&alice, "git push -u origin main", &[]).ok();
    assert_eq!(alice.git("status --short").ok().text(), "");
    alice.set("A", "value");

    let recipe = Recipe::from("ci", &alice);
    recipe.run(&alice, "etui key new --output ci.key", &[]).ok();
    let key = String::from_utf8(bytes(alice.bench.work().join("ci.key"))).unwrap();
    let recipient = key.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    recipe.run(&alice, "etui member add ci age1…", &[("age1…", recipient)]).ok();
    let token = recipe.run(&alice, "etui trust --export", &[]).ok().text().trim().to_owned();
    recipe.run(&alice, "etui sync", &[]).ok();

    let job = Laptop::clone_of(hub.path(), "job");
    fs::write(job.bench.work().join(".gitignore"), ".env\n").unwrap();
    let variables = [("ETUI_KEY", key.as_str()), ("ETUI_TRUST", &token)];
    job.bench.with(&variables, ["resolve", "-o", ".env"]).ok().says("");
    assert_eq!(bytes(job.bench.work().join(".env")), b"A=value\n");
    // It reads, and never writes.
    assert_eq!(job.bench.with(&variables, ["set", "A", "-g", "--value", "b"]).code, 5);
}

#[test]
fn one_vault_serves_the_repositories_of_several_applications() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let recipe = Recipe::from("git", alice);
    alice.etui("project create web").ok();
    alice.etui("sync").ok();

    // An application's repository beside that of the vault.
    let app = tempfile::tempdir().unwrap();
    let in_app = |laptop: &Laptop, line: &str| laptop.etui(&format!("--cwd {} {line}", app.path().display()));
    let run = |laptop: &Laptop, shown: &str| {
        assert!(recipe.topic.contains(shown), "{shown}");
        in_app(laptop, shown.strip_prefix("etui ").unwrap())
    };
    run(alice, "etui link -t acme -p web").ok();
    in_app(alice, "generate TOKEN").ok();
    run(alice, "etui sync").ok();

    bob.git("pull -q").ok();
    in_app(bob, "link --accept").ok();
    in_app(bob, "get TOKEN").ok();
    run(bob, "etui vault list").ok();
    run(bob, "etui vault forget acme").ok();
    assert_eq!(in_app(bob, "get TOKEN").code, 3);
    let vault = bob.file().display().to_string();
    recipe.run(bob, "etui vault add ~/secrets/acme.age", &[("~/secrets/acme.age", &vault)]).ok();
    in_app(bob, "get TOKEN").ok();
    recipe.run(bob, "etui vault move ~/new/acme.age", &[("~/new/acme.age", &vault)]).ok();
}
