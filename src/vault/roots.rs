//! The steps by which a vault's root changed, from the founder to the root of today.
//!
//! The root is the only member that endorses itself, so all trust in the members begins with it. Each step
//! proves that its new root was entitled to the place. A laptop that knows only the founder walks the steps.

use super::key::{Signature, WriterKey};
use super::label::{Digest, digest, labelled};
use super::member::Member;
use super::name::{MemberName, VaultId};

/// One change of the root.
#[derive(Debug, Clone, PartialEq)]
pub struct RootStep {
    pub from: WriterKey,
    pub to: WriterKey,
    /// A signature of the bytes that [`RootStep::signed`] makes, by [`RootStep::signer`].
    pub signature: Signature,
    /// The entries that led from the old root to the writer who took over: whom the old root endorsed, whom
    /// that member endorsed, and so on, down to the new root. Empty if the old root replaced its own key.
    pub vouchers: Vec<(MemberName, Member)>,
}

impl RootStep {
    /// The bytes that the signer of a step signs.
    pub fn signed(vault: &VaultId, from: &WriterKey, to: &WriterKey) -> Vec<u8> {
        labelled("root", &[&vault.0, &from.0, &to.0])
    }

    /// Whether another writer removed the old root and took its place.
    pub fn is_takeover(&self) -> bool {
        !self.vouchers.is_empty()
    }

    /// The key that signs: of the old root if it replaced its own key, otherwise of the writer who took over.
    pub fn signer(&self) -> &WriterKey {
        if self.is_takeover() { &self.to } else { &self.from }
    }

    /// The digest by which laptops remember that they accepted the step.
    pub fn digest(&self) -> Digest {
        digest("root step", &[&self.from.0, &self.to.0, &self.signature.0])
    }
}
