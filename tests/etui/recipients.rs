//! Recipients as people type them: each spelling of a key means the same member.

use crate::bench::{Bench, bytes};

const AGE: &str = "age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9";
const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";
const OTHER_SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOZ3p+gAeop5/ILXiFej0MS7w+uieZlG8/uwBdTEKyyY";

/// Recipients that are none: keys of low order, other encodings of a key, and texts that only look like one.
const BAD: [&str; 7] = [
    "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z",
    "age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqj7vrya",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "Age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9",
    "age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp8",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN=",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGNAAAA",
];

const BAD_CARD: &str = "error: this is neither a card nor a recipient\n \
    hint: `etui join` prints a card (etui1…); a machine's recipient is `age1…` or `ssh-ed25519 …`";

fn member(bench: &Bench, verb: &str, name: &str, recipient: &str) -> crate::bench::Outcome {
    bench.etui(["member", verb, name].into_iter().chain(recipient.split(' ')))
}

fn recipient(bench: &Bench, name: &str) -> String {
    let members = bench.etui(["member", "list", "-j"]).ok().document();
    let member = members["items"].as_array().unwrap().iter().find(|member| member["name"] == name).unwrap();
    member["recipient"].as_str().unwrap().to_owned()
}

#[test]
fn every_spelling_is_the_same_member() {
    let commented = format!("{SSH} ci@acme and more");
    for (spellings, canonical) in
        [(&[AGE, &AGE.to_uppercase()][..], AGE), (&[SSH, &commented, &SSH.replace(' ', "  ")], SSH)]
    {
        for spelling in spellings {
            let bench = Bench::acme();
            member(&bench, "add", "ci", spelling).ok();
            assert_eq!(recipient(&bench, "ci"), canonical);
            for again in spellings {
                assert_eq!(member(&bench, "add", "again", again).code, 4, "{again}");
            }
            bench.etui(["member", "remove", "ci", "-y"]).ok();
            for again in spellings {
                assert_eq!(member(&bench, "add", "again", again).code, 4, "{again}");
            }
        }
    }
    let bench = Bench::acme();
    member(&bench, "add", "ci", AGE).ok();
    member(&bench, "update", "ci", &format!("{OTHER_SSH} comment")).ok();
    assert_eq!(recipient(&bench, "ci"), OTHER_SSH);
    assert_eq!(member(&bench, "update", "ci", &AGE.to_uppercase()).code, 4, "the old one is removed for good");
}

#[test]
fn a_key_that_protects_nothing_is_refused() {
    let bench = Bench::acme();
    member(&bench, "add", "ci", AGE).ok();
    bench.etui(["set", "A", "-g", "--value", "1"]).ok();
    let before = bytes(bench.vault());
    for bad in BAD {
        for (verb, name) in [("add", "eve"), ("update", "ci")] {
            member(&bench, verb, name, bad).fails(2, BAD_CARD);
        }
        bench.etui(["resolve", "-g", "--recipient", bad]).fails(
            2,
            "error: this is not an age recipient\n \
             hint: it begins with `age1`; or on the machine, this prints its own: `etui key show`",
        );
    }
    assert!(bytes(bench.vault()) == before);
}

#[test]
fn an_environment_is_sealed_to_a_key_however_it_is_spelled() {
    let bench = Bench::acme();
    bench.etui(["set", "A", "-g", "--value", "1"]).ok();
    bench.etui(["key", "new", "--output", "server.key"]).ok();
    let shown = bench.etui(["-i", "server.key", "key", "show", "-j"]).ok().document();
    let own = shown["recipient"].as_str().unwrap();
    for spelling in [own.to_owned(), own.to_uppercase()] {
        bench.etui(["resolve", "-g", "--recipient", &spelling, "-o", "sealed.age", "--force"]).ok();
        bench.etui(["-i", "server.key", "run", "--sealed", "sealed.age", "--", "sh", "-c", "echo $A"]).prints("1\n");
    }
}
