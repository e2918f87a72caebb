//! What this machine found of inner vaults, or wrote, on its way into the pins.

use crate::store::PinStore;
use crate::vault::trust::{Acceptance, SignedDigest};
use crate::vault::{ActorId, Head, Pins, Place, SectionId, Token, VaultFingerprint};

/// An inner vault that opened, as it was checked against the pins.
pub struct InnerCheck {
    pub section: SectionId,
    pub head: Head,
    pub signed: SignedDigest,
    pub acceptance: Acceptance,
    /// Whether the vault around it says something else of its members.
    pub is_misstated: bool,
    pub token: Option<Token>,
    /// Whether it is one version. What several make together nobody has signed yet, and it is not recorded: it may hold
    /// removals that nobody wants.
    pub is_signed: bool,
    /// Whether this machine opens it for the first time, and knew nothing of it.
    pub first: bool,
}

impl InnerCheck {
    /// Records what was seen.
    pub fn record(&self, store: &mut PinStore, place: &Place) {
        if self.is_signed
            && let Some(pins) = pins_of(store, &self.head)
        {
            self.see(pins, place);
        }
    }

    /// Whether there is anything to record.
    pub fn is_new(&self, store: &PinStore, place: &Place) -> bool {
        self.is_signed
            && store.vaults.get(&self.head.id).is_none_or(|known| {
                let mut pins = known.clone();
                self.see(&mut pins, place);
                pins != *known
            })
    }

    fn see(&self, pins: &mut Pins, place: &Place) {
        if let Some(token) = &self.token {
            pins.learn(token);
        }
        pins.see(place, self.signed.of(&self.head), self.acceptance.missing());
    }
}

/// An inner vault that this machine wrote.
pub struct WrittenInner {
    pub head: Head,
    pub signed: SignedDigest,
    pub actor: Option<ActorId>,
}

/// Returns the pins of a vault, which begin with its founder.
pub(super) fn pins_of<'s>(store: &'s mut PinStore, head: &Head) -> Option<&'s mut Pins> {
    let founder = *head.founder()?;
    Some(store.vaults.entry(head.id).or_insert_with(|| Pins::new(founder)))
}

/// Returns the pins of the inner vault with this fingerprint, if this machine has opened it before.
pub(super) fn known_inner<'s>(store: &'s PinStore, print: &VaultFingerprint) -> Option<&'s Pins> {
    let mut vaults = store.vaults.iter();
    vaults.find(|(id, pins)| VaultFingerprint::of(id, &pins.founder) == *print).map(|(_, pins)| pins)
}
