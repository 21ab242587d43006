//! The signed catalogue: an officer's word for what clients seal by. What is signed, and hashed into the next statement:
//!
//! ```text
//! canonical("sealdesk/catalogue/v1", installation 16, number 8, SHA-256 of the statement before 32 or absent, body)
//! ```
//! The body is the JSON of [`SignedCatalogue`], to the byte as it was signed. Whoever administers the database can change rows, withhold a newer key or bring back
//! an older statement; each is found here before anything is sealed, the last by the number that was seen before.

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{Keyring, KeyringError, material::DirectoryEntry, officer::signer, unlock::verified};
use crate::{
    crypto::{canonical::Canonical, signature},
    model::{
        catalogue::Language,
        id::InstallationId,
        signed_catalogue::{Difference, SignedCatalogue, in_words},
    },
};

/// What an officer signed, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueStatement {
    /// Rises with each; may leave numbers out.
    pub number: i64,
    /// SHA-256 of the statement before, 32 bytes; `None` for the first.
    pub previous: Option<Vec<u8>>,
    pub body: String,
    pub signer: String,
    /// Ed25519, 64 bytes.
    pub signature: Vec<u8>,
}

impl CatalogueStatement {
    /// The bytes that are signed.
    #[must_use]
    pub fn statement(&self, installation: InstallationId) -> Vec<u8> {
        Canonical::labelled("sealdesk/catalogue/v1")
            .bytes(installation.0.as_bytes())
            .bytes(&self.number.to_be_bytes())
            .optional(self.previous.as_deref())
            .text(&self.body)
            .finish()
    }

    /// SHA-256 of them.
    #[must_use]
    pub fn hash(&self, installation: InstallationId) -> [u8; 32] {
        Sha256::digest(self.statement(installation)).into()
    }
}

/// Why nothing may be sealed by what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CatalogueFault {
    #[error("no officer has signed it yet")]
    Unsigned,
    #[error("statement {0} has no valid officer's signature")]
    Forged(i64),
    #[error("it is not what statement {number} says: {}", in_words(.differences, Language::English, Difference::in_words))]
    Differs { number: i64, differences: Vec<Difference> },
    #[error("statement {found} is the newest there is, but this machine has seen statement {seen}: an older state was put in its place")]
    GoneBack { seen: i64, found: i64 },
    #[error("the newest key of {of} \"{code}\" is {signed}, and only {held} is given out")]
    KeyWithheld { of: &'static str, code: String, signed: i32, held: i32 },
}

impl CatalogueFault {
    /// What is the matter and what to do, as a sentence or two.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let what = match (self, language) {
            (_, Language::English) => {
                return format!(
                    "Nothing is written: fields and keys are not as officers signed them. Tell a security officer, who runs `sealdesk catalogue check`: {self}."
                );
            }
            (Self::Unsigned, _) => "尚无安全管理员签名".to_owned(),
            (Self::Forged(number), _) => format!("第 {number} 号声明没有有效的安全管理员签名"),
            (Self::Differs { number, differences }, _) => {
                format!("与第 {number} 号声明不符：{}", in_words(differences, language, Difference::in_words))
            }
            (Self::GoneBack { seen, found }, _) => format!("最新声明为第 {found} 号，而本机见过第 {seen} 号，数据可能被换回旧状态"),
            (Self::KeyWithheld { of, code, signed, held }, _) => {
                let of = if *of == "role" { "角色" } else { "类别" };
                format!("{of}“{code}”的最新密钥为第 {signed} 代，却只给出第 {held} 代")
            }
        };
        format!("未写入任何内容：字段与密钥目录与安全管理员的签名不符。请通知安全管理员运行 sealdesk catalogue check：{what}。")
    }
}

/// Signs a catalogue as the one that follows `before`, under a number.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`].
pub fn sign(
    keyring: &Keyring,
    number: i64,
    before: Option<&CatalogueStatement>,
    catalogue: &SignedCatalogue,
) -> Result<CatalogueStatement, KeyringError> {
    signer(keyring)?.catalogue(number, before, catalogue)
}

impl super::officer::Signer<'_> {
    pub(super) fn catalogue(
        &self,
        number: i64,
        before: Option<&CatalogueStatement>,
        catalogue: &SignedCatalogue,
    ) -> Result<CatalogueStatement, KeyringError> {
        let body = serde_json::to_string(catalogue).map_err(|_| KeyringError::Malformed)?;
        let previous = before.map(|before| before.hash(self.installation).to_vec());
        let mut made = CatalogueStatement { number, previous, body, signer: self.name.to_owned(), signature: Vec::new() };
        made.signature = self.sign(&made.statement(self.installation));
        Ok(made)
    }
}

/// Whether an officer with a chain to the root signed it. Needs no secret.
#[must_use]
pub fn is_signed(installation: InstallationId, root: &[u8], directory: Vec<DirectoryEntry>, statement: &CatalogueStatement) -> bool {
    let signed = statement.statement(installation);
    let good = verified(installation, root, directory, &mut Vec::new());
    let mut officers = good.iter().filter(|entry| entry.kind == "officer" && entry.name == statement.signer);
    officers.any(|officer| signature::verify(&officer.ed25519_public, &signed, &statement.signature))
}

impl Keyring {
    /// Whether an officer of the verified directory signed it.
    #[must_use]
    pub fn has_signed(&self, statement: &CatalogueStatement) -> bool {
        let signed = statement.statement(self.installation);
        self.officers(&statement.signer).any(|officer| signature::verify(&officer.ed25519_public, &signed, &statement.signature))
    }

    /// Whether the verified directory has keys of an officer of that name, of before too.
    #[must_use]
    pub fn knows_officer(&self, name: &str) -> bool {
        self.officers(name).next().is_some()
    }

    /// Whether what is stored is what an officer signed last, and the keys held are as new as that says. Nothing is sealed and nothing wrapped otherwise.
    ///
    /// # Errors
    /// [`CatalogueFault`] but for [`CatalogueFault::GoneBack`], which takes a memory.
    pub fn check_catalogue(&self, newest: Option<&CatalogueStatement>, stored: &SignedCatalogue) -> Result<(), CatalogueFault> {
        let newest = newest.ok_or(CatalogueFault::Unsigned)?;
        if !self.has_signed(newest) {
            return Err(CatalogueFault::Forged(newest.number));
        }
        let signed: SignedCatalogue = serde_json::from_str(&newest.body).map_err(|_| CatalogueFault::Forged(newest.number))?;
        for class in &signed.classes {
            if let Some(held) = self.oldest_of_newest(&class.code).filter(|held| *held < class.epoch) {
                return Err(CatalogueFault::KeyWithheld { of: "class", code: class.code.clone(), signed: class.epoch, held });
            }
        }
        for role in &signed.roles {
            let held = self.role_entry(&role.code).map(|entry| entry.generation).ok();
            if let Some(held) = held.filter(|held| *held < role.generation) {
                return Err(CatalogueFault::KeyWithheld { of: "role", code: role.code.clone(), signed: role.generation, held });
            }
        }
        if signed == *stored {
            return Ok(());
        }
        Err(CatalogueFault::Differs { number: newest.number, differences: signed.differences(stored) })
    }

    /// Of a class's value, mask and index key, as far as they are held, the epoch that the newest of each has at least.
    fn oldest_of_newest(&self, class: &str) -> Option<i32> {
        let keys = self.classes.get(class)?;
        let newest = [keys.value.keys().next_back(), keys.mask.keys().next_back(), keys.index.keys().next_back()];
        i32::try_from(*newest.into_iter().flatten().min()?).ok()
    }
}
