//! Forged versions.

use super::{Version, World};
use crate::vault::ActorId;
use crate::vault::tests::{entry, member, public, verify};
use crate::vault::trust::{Checkout, Pins, Snapshot};

impl World {
    /// A laptop must refuse every version that a stranger made, or a member that it knows to be removed.
    pub(super) fn forge(&self, laptop: usize, place: &Option<Checkout>, at: usize, how: u8) {
        let own = &self.laptops[laptop];
        let (Some(pins), Some(truth)) = (&own.pins, &own.truth) else { return };
        let Version { mut vault, .. } = self.versions[at].clone();
        let head = &mut vault.head;
        let id = head.id;
        let mut forger = "eve";
        let gone = truth.removed.iter().nth(usize::from(how) % truth.removed.len().max(1));
        if let Some(gone) = gone.and_then(|gone| gone.strip_prefix("age1")).filter(|_| how >= 128) {
            forger = gone;
            // The forger leaves out their own removal.
            head.removed.clear();
        }
        let public = public(forger, true);
        match how % 5 {
            0 => drop(head.members.insert(member("eve"), entry(&id, "eve", public, forger))),
            1 => {
                head.members.clear();
                head.members.insert(member("eve"), entry(&id, "eve", public, forger));
            }
            2 => {
                let by = head.root().map(|root| root.fingerprint()).expect("there is always one");
                let eve = crate::vault::Member { endorsed_by: by, ..entry(&id, "eve", public, forger) };
                head.members.insert(member("eve"), eve);
            }
            3 => {
                let accomplice = crate::vault::tests::public("fay", how.is_multiple_of(2));
                head.members.insert(member("fay"), entry(&id, "fay", accomplice, forger));
            }
            _ => {
                let copied = head.members.values().next().cloned().expect("there is always the root");
                head.members.insert(
                    member("eve"),
                    crate::vault::Member { recipient: public.recipient, key: public.key, ..copied },
                );
            }
        }
        head.written_by = member(if head.members.contains_key("eve") { "eve" } else { "fay" });
        head.clock.tick(ActorId(666));
        let found = Snapshot { head, digest: &[6; 32] };
        let taken = Pins::accept(Some(pins), place.as_ref(), found, &verify);
        assert!(taken.is_err(), "laptop {laptop} accepted what {forger} made of version {at} ({})", how % 5);
    }
}
