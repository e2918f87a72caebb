//! Trust by a token, with and without pins.

use super::*;
use crate::vault::VaultFingerprint;

fn with_token(known: Option<&Pins>, token: &Token, head: &Head) -> Result<(), Distrust> {
    let found = Snapshot { head, digest: &OTHER, signature: &SIGNATURE };
    Pins::accept(known, Some(token), &clone_at("new"), found, &verify).map(drop)
}

#[test]
fn a_machine_without_pins_trusts_what_the_token_says() {
    let token = pins_without("bob").export(team().head.id, None);
    assert_eq!(token.fingerprint(), team().head.fingerprint().unwrap());
    let by = |name: &str| Head { written_by: member(name), ..team().head };
    assert_eq!(with_token(None, &token, &by("alice")), Ok(()));
    assert_eq!(with_token(None, &token, &by("bob")), Err(signed_by_removed("bob", "bob")));
    let other = founded("eve").head;
    let found = VaultFingerprint::of(&other.id, &key("eve"));
    assert_eq!(with_token(None, &token, &other), Err(Distrust::Founder { found }));
    // What it says is recorded, and counts without it from then on.
    let mut pins = Pins::of_token(&token);
    assert_eq!((pins.founder, &pins.removed, &pins.roots), (key("alice"), &token.removed, &token.roots));
    pins.see(&clone_at("new"), Snapshot { head: &by("alice"), digest: &OTHER, signature: &SIGNATURE }, 0);
    assert_eq!(accept(Some(&pins), &clone_at("new"), &by("bob"), [3; 32]), Err(signed_by_removed("bob", "bob")));
}

#[test]
fn a_token_with_a_clock_refuses_older_versions_everywhere() {
    let clock = counted([2, 1, 0]).clock;
    let token = Token { clock: Some(clock), ..pins().export(team().head.id, None) };
    for (counts, then) in [
        ([2, 1, 0], Ok(())),
        ([2, 1, 5], Ok(())),
        ([3, 2, 0], Ok(())),
        ([2, 0, 0], Err(Distrust::BehindToken { changes: 1 })),
        ([0, 0, 9], Err(Distrust::BehindToken { changes: 3 })),
    ] {
        for known in [None, Some(&pins())] {
            assert_eq!(with_token(known, &token, &counted(counts)), then, "{counts:?}");
        }
    }
}

#[test]
fn a_token_adds_to_the_pins_and_takes_nothing_from_them() {
    let by_bob = Head { written_by: member("bob"), ..team().head };
    let [knows, other] = [pins_without("bob"), pins()].map(|pins| pins.export(team().head.id, None));
    let refused = Err(signed_by_removed("bob", "bob"));
    assert_eq!(with_token(Some(&pins()), &knows, &by_bob), refused);
    assert_eq!(with_token(Some(&pins_without("bob")), &other, &by_bob), refused);
    assert_eq!(with_token(Some(&pins()), &other, &by_bob), Ok(()));
    let mut learned = pins_without("bob");
    let before = learned.clone();
    learned.learn(&other);
    assert_eq!(learned, before);
    let mut learned = pins();
    learned.learn(&knows);
    assert_eq!(learned.removed, before.removed);
    // A token of another founder does not replace the pinned one.
    let stranger = open(None, &clone_at("x"), &founded("eve").head, DIGEST).unwrap().export(team().head.id, None);
    assert_eq!(with_token(Some(&pins()), &stranger, &team().head), Ok(()));
    assert!(with_token(Some(&pins()), &stranger, &founded("eve").head).is_err());
}
