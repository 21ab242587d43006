//! When every officer is gone: the root key and the officers' role key, kept for custodians who have shares of a recovery key.
//!
//! The recovery key is an HPKE pair. Its private half exists only while shares are made and while they are brought together; to its public half an officer
//! seals the root key and the officers' role key, again after each change and without the custodians. Both statements are signed by an officer:
//!
//! ```text
//! set      canonical("sealdesk/recovery-set/v1", installation 16, set 4, threshold 4, public 1216, then custodian, commitment 32 for each share)
//! deposit  canonical("sealdesk/recovery-deposit/v1", installation 16, set 4, generation 4, public 1216, sealed)
//! sealed   root seed 32 ‖ role seed 32, sealed with info canonical("sealdesk/recovery-sealed/v1", installation 16, set 4, generation 4)
//! ```
//! Without the first signature a database operator could name custodians of their own, and the next officer would seal to them.

use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    Keyring, KeyringError,
    enrol::NewPersonKeys,
    material::{DirectoryEntry, WrappedKey},
    officer::{FIRST, OFFICER_ROLE, ROOT, Recipient, Signer, signer},
    share::RecoveryShare,
    unlock::verified,
};
use crate::{
    crypto::{
        canonical::Canonical,
        hpke,
        secret::Key32,
        shamir,
        signature::{self, SigningKey},
    },
    model::{catalogue::Language, id::InstallationId},
};

/// What is published of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoverySet {
    pub number: i32,
    pub threshold: u8,
    /// X-Wing, 1216 bytes.
    pub public: Vec<u8>,
    /// Custodian and commitment of share 1 and on.
    pub custodians: Vec<(String, Vec<u8>)>,
    pub signer: String,
    pub signature: Vec<u8>,
}

/// What is sealed to a set: the root key, and the officers' role key of one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    pub generation: i32,
    pub sealed: Vec<u8>,
    pub signer: String,
    pub signature: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecoveryError {
    #[error("Two to sixteen custodians are needed, and a threshold of at least two and at most as many.")]
    Threshold,
    #[error("Recovery set {0} has no valid officer's signature: somebody changed it in the database. Find out who, and set up a new one.")]
    Unsigned(i32),
    #[error("The share is of set {typed}, and this is about set {wanted}. Bring shares of one set together.")]
    OtherSet { typed: i32, wanted: i32 },
    #[error(
        "Share {0} is not the one that was made: it does not fit what was published of it. Look for the paper of this installation and set; if there is none, set up a new set."
    )]
    NotTheShare(u8),
    #[error("Share {0} was given already. Type another custodian's.")]
    Twice(u8),
    #[error("{given} of {needed} shares are too few. Bring the other custodians together and begin again.")]
    TooFew { given: usize, needed: u8 },
    #[error("The shares are right, but what is stored does not open with them: it was altered. Use a backup of the database.")]
    DoesNotOpen,
    #[error(
        "What the set holds is not the root key and the officers' key of this installation. As a security officer: find out who changed it, then `sealdesk recovery renew`."
    )]
    OtherKeys,
    #[error(
        "The set holds the officers' key of generation {held}, and the newest is {newest}: it opens nothing. A security officer mends it with `sealdesk recovery renew`; where none is left, restore the database of before the last change."
    )]
    OutOfDate { held: i32, newest: i32 },
}

/// What shares brought together open. Dropping it wipes it.
pub struct Recovered {
    root: Key32,
    role: hpke::PrivateKey,
    generation: i32,
}

impl RecoverySet {
    /// The bytes that are signed.
    #[must_use]
    pub fn statement(&self, installation: InstallationId) -> Vec<u8> {
        let head = Canonical::labelled("sealdesk/recovery-set/v1")
            .bytes(installation.0.as_bytes())
            .bytes(&self.number.to_be_bytes())
            .bytes(&i32::from(self.threshold).to_be_bytes())
            .bytes(&self.public);
        self.custodians.iter().fold(head, |encoding, (custodian, commitment)| encoding.text(custodian).bytes(commitment)).finish()
    }

    /// Whether officers of a directory that was read from the database signed it, and what is stored for it where that is given; the directory is checked
    /// against the root first.
    #[must_use]
    pub fn is_signed(
        &self,
        installation: InstallationId,
        root_public: &[u8],
        directory: &[DirectoryEntry],
        deposit: Option<&Deposit>,
    ) -> bool {
        self.is_signed_in(installation, &verified(installation, root_public, directory.to_vec(), &mut Vec::new()), deposit)
    }

    fn is_signed_in(&self, installation: InstallationId, directory: &[DirectoryEntry], deposit: Option<&Deposit>) -> bool {
        let stored = |deposit: &Deposit| {
            let statement = self.deposit_statement(installation, deposit.generation, &deposit.sealed);
            signed_by_officer(directory, &deposit.signer, &statement, &deposit.signature)
        };
        signed_by_officer(directory, &self.signer, &self.statement(installation), &self.signature) && deposit.is_none_or(stored)
    }

    /// Whether a share is the one that was made, which needs no other share. Answers with its custodian.
    ///
    /// # Errors
    /// [`RecoveryError::OtherSet`], [`RecoveryError::NotTheShare`].
    pub fn check(&self, installation: InstallationId, share: &RecoveryShare) -> Result<&str, RecoveryError> {
        if share.set != self.number {
            return Err(RecoveryError::OtherSet { typed: share.set, wanted: self.number });
        }
        let place = usize::from(share.share.index).checked_sub(1).and_then(|place| self.custodians.get(place));
        match place {
            Some((custodian, commitment)) if share.threshold == self.threshold && share.commitment(installation) == *commitment => {
                Ok(custodian)
            }
            _ => Err(RecoveryError::NotTheShare(share.share.index)),
        }
    }

    /// Brings shares together and opens what is stored.
    ///
    /// # Errors
    /// [`RecoveryError::TooFew`], [`RecoveryError::Twice`], those of [`RecoverySet::check`]; [`RecoveryError::DoesNotOpen`].
    pub fn open(&self, installation: InstallationId, shares: &[RecoveryShare], deposit: &Deposit) -> Result<Recovered, RecoveryError> {
        for (place, share) in shares.iter().enumerate() {
            self.check(installation, share)?;
            if shares.iter().take(place).any(|earlier| earlier.share.index == share.share.index) {
                return Err(RecoveryError::Twice(share.share.index));
            }
        }
        if shares.len() < usize::from(self.threshold) {
            return Err(RecoveryError::TooFew { given: shares.len(), needed: self.threshold });
        }
        let shares: Vec<shamir::Share> = shares.iter().map(|share| share.share.clone()).collect();
        let key = shamir::combine(&shares).and_then(|key| hpke::PrivateKey::from_seed(key.expose()).ok());
        let key = key.filter(|key| key.public() == self.public).ok_or(RecoveryError::DoesNotOpen)?;
        let opened =
            key.open(&info(installation, self.number, deposit.generation), &deposit.sealed).map_err(|_| RecoveryError::DoesNotOpen)?;
        let (root, role) = opened.expose().split_at_checked(32).ok_or(RecoveryError::DoesNotOpen)?;
        Ok(Recovered {
            root: Key32::from_slice(root).ok_or(RecoveryError::DoesNotOpen)?,
            role: hpke::PrivateKey::from_seed(role).map_err(|_| RecoveryError::DoesNotOpen)?,
            generation: deposit.generation,
        })
    }

    /// The bytes that are signed for what is stored.
    #[must_use]
    pub fn deposit_statement(&self, installation: InstallationId, generation: i32, sealed: &[u8]) -> Vec<u8> {
        Canonical::labelled("sealdesk/recovery-deposit/v1")
            .bytes(installation.0.as_bytes())
            .bytes(&self.number.to_be_bytes())
            .bytes(&generation.to_be_bytes())
            .bytes(&self.public)
            .bytes(sealed)
            .finish()
    }
}

/// Makes a set: a fresh recovery key, its shares, and what is sealed to it.
///
/// # Errors
/// [`KeyringError::Recovery`] for a threshold or number of custodians that cannot be; those of [`deposit`].
pub fn set_up(
    keyring: &Keyring,
    number: i32,
    threshold: u8,
    custodians: &[String],
) -> Result<(RecoverySet, Deposit, Vec<RecoveryShare>), KeyringError> {
    let signer = signer(keyring)?;
    let (private, public) = hpke::generate();
    let seed = Key32::from_slice(private.seed().expose()).ok_or(hpke::HpkeError::PrivateKey)?;
    let count = u8::try_from(custodians.len()).map_err(|_| RecoveryError::Threshold)?;
    let shares = shamir::split(&seed, threshold, count).ok_or(RecoveryError::Threshold)?;
    let shares: Vec<RecoveryShare> = shares.into_iter().map(|share| RecoveryShare { set: number, threshold, share }).collect();
    let commitments = shares.iter().map(|share| share.commitment(keyring.installation));
    let mut set = RecoverySet {
        number,
        threshold,
        public,
        custodians: custodians.iter().cloned().zip(commitments).collect(),
        signer: keyring.user.clone(),
        signature: Vec::new(),
    };
    set.signature = signer.sign(&set.statement(keyring.installation));
    let deposit = deposit(keyring, &set)?;
    Ok((set, deposit, shares))
}

/// Seals the root key and the officers' newest role key to a set whose signature checks.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`] where the root key is not held; [`KeyringError::NoRoleKey`]; [`RecoveryError::Unsigned`].
pub fn deposit(keyring: &Keyring, set: &RecoverySet) -> Result<Deposit, KeyringError> {
    let signer = signer(keyring)?;
    keyring.check_recovery(set, None)?;
    seal_to(keyring, &signer, set, keyring.root.as_ref().ok_or(KeyringError::NotAnOfficer)?)
}

/// The same set under this officer's signature, and a root key that is about to follow sealed to it.
pub(super) fn resign(
    keyring: &Keyring,
    signer: &Signer<'_>,
    set: &RecoverySet,
    root: &Key32,
) -> Result<(RecoverySet, Deposit), KeyringError> {
    keyring.check_recovery(set, None)?;
    let signature = signer.sign(&set.statement(keyring.installation));
    let set = RecoverySet { signer: keyring.user.clone(), signature, ..set.clone() };
    let deposit = seal_to(keyring, signer, &set, root)?;
    Ok((set, deposit))
}

fn seal_to(keyring: &Keyring, signer: &Signer<'_>, set: &RecoverySet, root: &Key32) -> Result<Deposit, KeyringError> {
    let (generation, role) = keyring.role(OFFICER_ROLE).ok_or_else(|| KeyringError::NoRoleKey(OFFICER_ROLE.into()))?;
    let mut both = Zeroizing::new([0; 64]);
    both[..32].copy_from_slice(root.expose());
    both[32..].copy_from_slice(role.seed().expose());
    let sealed = hpke::seal(&set.public, &info(keyring.installation, set.number, generation), both.as_ref())?;
    let signature = signer.sign(&set.deposit_statement(keyring.installation, generation, &sealed));
    Ok(Deposit { generation, sealed, signer: keyring.user.clone(), signature })
}

/// What the ceremony stores for the new officer.
#[derive(Clone, Debug)]
pub struct NewOfficer {
    pub entry: DirectoryEntry,
    pub wrap: WrappedKey,
}

impl Recovered {
    /// Whether these are the keys that the signed directory names, the newest ones.
    ///
    /// # Errors
    /// [`RecoveryError::OtherKeys`], [`RecoveryError::OutOfDate`].
    pub fn check(&self, installation: InstallationId, root_public: &[u8], directory: &[DirectoryEntry]) -> Result<(), RecoveryError> {
        let directory = verified(installation, root_public, directory.to_vec(), &mut Vec::new());
        let officers = || directory.iter().filter(|entry| entry.kind == "role" && entry.name == OFFICER_ROLE);
        let newest = officers().map(|entry| entry.generation).max().ok_or(RecoveryError::OtherKeys)?;
        let is_role = officers().any(|entry| entry.generation == self.generation && entry.hpke_public == self.role.public());
        if SigningKey::from_seed(&self.root).public() != root_public {
            return Err(RecoveryError::OtherKeys);
        }
        // An entry of a generation that was retired is gone with it, so the number is judged before the key.
        if self.generation != newest {
            return Err(RecoveryError::OutOfDate { held: self.generation, newest });
        }
        if is_role { Ok(()) } else { Err(RecoveryError::OtherKeys) }
    }

    /// Makes somebody a security officer: their entry signed with the root key, the officers' key wrapped to them.
    ///
    /// # Errors
    /// Those of the person's own keys, which were made a moment ago.
    pub fn appoint(
        &self,
        installation: InstallationId,
        login: &str,
        kek: &Key32,
        keys: &NewPersonKeys,
    ) -> Result<NewOfficer, KeyringError> {
        let root = SigningKey::from_seed(&self.root);
        let entry = Signer { installation, name: ROOT, key: &root }.entry("officer", login, FIRST, &keys.public());
        let (_, signing) = super::enrol::open(installation, login, kek, &keys.stored())?;
        let recipient = Recipient { kind: "person", name: login, generation: FIRST, public: &keys.hpke_public };
        let signer = Signer { installation, name: login, key: &signing };
        let wrap = signer.wrap(&recipient, "role_key", (OFFICER_ROLE, self.generation), self.role.seed().expose())?;
        Ok(NewOfficer { entry, wrap })
    }
}

impl RecoveryError {
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::Threshold => "需要 2 至 16 位保管人，门限至少为 2 且不超过人数。".into(),
            Self::Unsigned(set) => format!("恢复组 {set} 没有有效的管理员签名：数据库中的内容被改动。请查明原因并重新设立。"),
            Self::OtherSet { typed, wanted } => format!("该份额属于恢复组 {typed}，而现在需要的是恢复组 {wanted}。请使用同一组的份额。"),
            Self::NotTheShare(index) => {
                format!("份额 {index} 与公布的校验值不符，不是当初生成的份额。请查找本安装该恢复组的纸质份额；若已遗失，请重新设立。")
            }
            Self::Twice(index) => format!("份额 {index} 已经输入过，请输入其他保管人的份额。"),
            Self::TooFew { given, needed } => format!("需要 {needed} 个份额，只有 {given} 个。请召集其他保管人后重新开始。"),
            Self::DoesNotOpen => "份额正确，但所存内容无法打开：已被改动。请使用数据库备份。".into(),
            Self::OtherKeys => {
                "恢复组所存的不是本安装的根密钥和管理员密钥。请安全管理员查明原因，然后运行 sealdesk recovery renew。".into()
            }
            Self::OutOfDate { held, newest } => {
                format!(
                    "恢复组保存的是第 {held} 代管理员密钥，最新为第 {newest} 代，无法使用。安全管理员可运行 sealdesk recovery renew；若已无管理员，请恢复更换密钥之前的数据库。"
                )
            }
        }
    }
}

impl Keyring {
    /// Whether the root key is held.
    #[must_use]
    pub fn holds_root(&self) -> bool {
        self.root.as_ref().is_some_and(|root| SigningKey::from_seed(root).public() == self.root_public)
    }

    /// Whether a set and what is stored for it are signed by officers of the verified directory.
    ///
    /// # Errors
    /// [`RecoveryError::Unsigned`].
    pub fn check_recovery(&self, set: &RecoverySet, deposit: Option<&Deposit>) -> Result<(), RecoveryError> {
        if set.is_signed_in(self.installation, &self.directory, deposit) { Ok(()) } else { Err(RecoveryError::Unsigned(set.number)) }
    }

    /// As [`Recovered::check`], by the root and the directory that this person has checked.
    ///
    /// # Errors
    /// As [`Recovered::check`].
    pub fn check_recovered(&self, recovered: &Recovered) -> Result<(), RecoveryError> {
        recovered.check(self.installation, &self.root_public, &self.directory)
    }
}

fn signed_by_officer(directory: &[DirectoryEntry], name: &str, statement: &[u8], signature: &[u8]) -> bool {
    let mut officers = directory.iter().filter(|entry| entry.kind == "officer" && entry.name == name);
    officers.any(|officer| signature::verify(&officer.ed25519_public, statement, signature))
}

fn info(installation: InstallationId, number: i32, generation: i32) -> Vec<u8> {
    Canonical::labelled("sealdesk/recovery-sealed/v1")
        .bytes(installation.0.as_bytes())
        .bytes(&number.to_be_bytes())
        .bytes(&generation.to_be_bytes())
        .finish()
}
