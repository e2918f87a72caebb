//! Words that people know from other programs: each is answered with the line to type here.

use crate::bench::Bench;

#[track_caller]
fn hints(bench: &Bench, line: &str, hint: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let outcome = bench.etui(&words);
    assert_eq!((outcome.code, outcome.text()), (2, ""), "{line}: {}", outcome.err);
    let (message, rest) = outcome.err.split_once('\n').unwrap();
    assert!(message.starts_with("error: there is no command `"), "{line}: {message}");
    assert_eq!(rest, format!(" hint: {hint}\n"), "{line}");
}

#[test]
fn a_word_of_another_program_gets_the_line_to_type_here() {
    let bench = Bench::linked();
    for (line, right) in [
        ("show DATABASE_URL", "etui get DATABASE_URL"),
        ("cat DATABASE_URL", "etui get DATABASE_URL"),
        ("add DATABASE_URL", "etui set DATABASE_URL"),
        ("put DATABASE_URL", "etui set DATABASE_URL"),
        ("insert DATABASE_URL", "etui set DATABASE_URL"),
        ("remove DATABASE_URL", "etui delete DATABASE_URL"),
        ("unset DATABASE_URL", "etui delete DATABASE_URL"),
        ("export", "etui resolve"),
        ("print", "etui resolve"),
        ("undo DATABASE_URL", "etui restore DATABASE_URL"),
        ("push", "etui sync"),
        ("pull", "etui sync"),
        ("whoami", "etui status"),
        ("encrypt", "etui import FILE"),
        ("login", "etui unlock"),
        ("signup acme", "etui init acme"),
        ("clone https://example.com/x.git", "etui join"),
        ("shell", "etui run -- sh"),
        ("exec-env a.env ./start", "etui run -- COMMAND"),
        ("cp DATABASE_URL", "etui copy DATABASE_URL --to SECTION"),
        ("kick bob-desk", "etui member remove bob-desk"),
        ("users", "etui member list"),
        ("version", "etui --version"),
        ("member kick bob", "etui member remove bob"),
        ("key generate", "etui key new"),
        ("project add my-api", "etui project create my-api"),
        ("env unset LOG_LEVEL", "etui env delete LOG_LEVEL"),
        ("env get LOG_LEVEL", "etui get LOG_LEVEL"),
        ("git push", "etui sync"),
        ("git add acme", "etui sync"),
        ("git diff", "etui diff"),
        ("guard add", "etui guard install"),
        ("member show bob", "etui member list"),
        ("kv get TOKEN", "etui get TOKEN"),
        ("kv put TOKEN", "etui set TOKEN"),
        ("recovery", "etui help recovery"),
        ("ci", "etui help ci"),
        ("git init", "etui git install"),
        ("secrets get TOKEN", "etui get TOKEN"),
        ("teams", "etui vault list"),
        ("vault remove acme", "etui vault forget acme"),
        ("vault show", "etui vault list"),
        ("activity", "etui log"),
        ("audit-log TOKEN", "etui log TOKEN"),
        ("diff-sections", "etui compare SECTION SECTION"),
        ("renew TOKEN", "etui rotate TOKEN"),
        ("ack TOKEN", "etui audit acknowledge TOKEN --reason TEXT"),
        ("audit ack TOKEN", "etui audit acknowledge TOKEN --reason TEXT"),
        ("clipboard TOKEN", "etui get --copy TOKEN"),
        ("expiring", "etui list --expiring 30d"),
    ] {
        hints(&bench, line, &format!("`{right}`"));
    }
    bench.etui(["help", "show"]).fails(2, "error: there is no command and no topic `show`\n hint: `etui get --help`");
    for word in ["find", "search"] {
        let outcome = bench.etui([word]);
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains("hint: `etui list"), "{}", outcome.err);
    }
    for line in ["invite bob", "member invite bob"] {
        let right = "`etui member add bob CARD`; the card is in the line that `etui join` prints for them";
        hints(&bench, line, right);
    }
}

#[test]
fn only_a_name_in_the_first_place_is_repeated() {
    let bench = Bench::linked();
    for (line, right) in [
        ("add", "etui set NAME"),
        ("add TOKEN hunter2", "etui set TOKEN"),
        ("put TOKEN=hunter2", "etui set NAME"),
        ("add hunter2!", "etui set NAME"),
        ("add --value hunter2 TOKEN", "etui set NAME"),
        ("add --password=hunter2", "etui set NAME"),
        ("show TOKEN --reveal hunter2", "etui get TOKEN"),
        ("env put LOG_LEVEL info", "etui env set LOG_LEVEL VALUE"),
        // These take files, and what was typed may be a value.
        ("encrypt hunter2", "etui import FILE"),
        ("validate hunter2", "etui check"),
        ("leaks hunter2", "etui scan"),
        ("mask hunter2", "etui redact"),
        ("login hunter2", "etui unlock"),
        ("login -p hunter2", "etui unlock"),
        ("passwd hunter2", "etui key passphrase"),
    ] {
        hints(&bench, line, &format!("`{right}`"));
    }
}

#[test]
fn the_line_keeps_the_vault_and_the_section_that_were_typed() {
    let bench = Bench::linked();
    for (line, right) in [
        ("show TOKEN -p api -c gpu", "etui get TOKEN -p api -c gpu"),
        ("add -p api TOKEN", "etui set TOKEN -p api"),
        ("add TOKEN --global", "etui set TOKEN -g"),
        ("whoami -p api", "etui status -p api"),
        ("push -p api", "etui sync"),
        ("-t acme show TOKEN", "etui -t acme get TOKEN"),
        ("show TOKEN --vault my.age", "etui --vault my.age get TOKEN"),
        ("-t acme signup acme", "etui init acme"),
    ] {
        hints(&bench, line, &format!("`{right}`"));
    }
    let document = serde_json::json!({"error": {
        "code": "usage",
        "exit": 2,
        "message": "there is no command `show`",
        "hint": "`etui get TOKEN`",
    }});
    bench.etui(["-j", "show", "TOKEN"]).fails_in_json(2, &document);
}

#[test]
fn decrypt_gets_the_line_of_age_with_the_key_and_the_vault_in_use() {
    let bench = Bench::linked();
    let (key, vault) = (bench.key().display().to_string(), bench.vault().display().to_string());
    hints(&bench, "decrypt", &format!("`age -d -i {key} {vault}`"));
    hints(&bench, "decrypt secrets.env", &format!("`age -d -i {key} {vault}`"));
    hints(&bench, "--vault none.age decrypt", &format!("`age -d -i {key} VAULTFILE`"));
    let in_variable = bench.with(&[("ETUI_KEY", "AGE-SECRET-KEY-1")], ["decrypt"]);
    in_variable.fails(2, &format!("error: there is no command `decrypt`\n hint: `age -d -i KEYFILE {vault}`"));
    hints(&Bench::new(), "decrypt", "`age -d -i KEYFILE VAULTFILE`");
}
