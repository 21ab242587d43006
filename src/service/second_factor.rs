//! The second factor: set up with an authenticator application, recovery codes for when it is lost, fresh codes for classes that ask for them.

use deadpool_postgres::Pool;
use rand::RngExt as _;
use sha2::{Digest as _, Sha256};

use crate::{
    config::Config,
    crypto::secret::Secret,
    database::{
        api::{second_factor, session},
        connect,
    },
    model::{id::InstallationId, person::SecondFactor},
    service::{
        Error, Origin, Result,
        session::{SignedIn, new_ticket},
        unlock::{NewSession, enter},
    },
};

/// Recovery codes of one person.
const RECOVERY_CODES: usize = 10;
/// RFC 4648, in lower case: what authenticator applications and people can type.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A set-up under way: an open session, and a secret that is not in force yet.
pub struct SetUp {
    pool: Pool,
    token: Secret<Vec<u8>>,
    user: String,
    installation: InstallationId,
    name: String,
    secret: Secret<Vec<u8>>,
}

/// Signs in, if only for this, and stores a fresh secret of 160 bits.
///
/// # Errors
/// As signing in; [`crate::database::error::Refusal::SecondFactorState`] where a second factor is in force.
pub async fn begin(config: &Config, user: &str, passphrase: Secret<String>) -> Result<SetUp> {
    let NewSession { pool, opened, .. } = enter(config, user, passphrase, None, &Origin::from_environment()).await?;
    SetUp::start(config, user, pool, Secret::new(opened.token)).await
}

impl SetUp {
    async fn start(config: &Config, user: &str, pool: Pool, token: Secret<Vec<u8>>) -> Result<Self> {
        let secret = Secret::new(rand::random::<[u8; 20]>().to_vec());
        let client = connect::get(&pool).await?;
        second_factor::begin(&client, token.expose(), secret.expose()).await?.into_result()?;
        drop(client);
        Ok(Self { pool, token, user: user.to_owned(), installation: config.installation, name: config.name.clone(), secret })
    }

    /// The secret as an authenticator application takes it by hand: base32 in groups of four.
    #[must_use]
    pub fn secret_text(&self) -> Secret<String> {
        let text = base32(self.secret.expose());
        let groups: Vec<&str> = text.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        Secret::new(groups.join(" "))
    }

    /// The key URI that authenticator applications read from a QR code.
    #[must_use]
    pub fn uri(&self) -> Secret<String> {
        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let (issuer, user) = (encode(&self.name), encode(&self.user));
        Secret::new(format!("otpauth://totp/{issuer}:{user}?secret={}&issuer={issuer}", base32(self.secret.expose()).to_uppercase()))
    }

    /// Puts the secret in force with its first code; answers with the recovery codes, which are shown once and kept nowhere.
    ///
    /// # Errors
    /// [`crate::database::error::Refusal::WrongCode`]: the set-up stays open, and the next code may be tried.
    pub async fn confirm(&self, code: &Secret<String>) -> Result<Vec<Secret<String>>> {
        let codes: Vec<Secret<String>> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
        let hashes: Vec<Vec<u8>> = codes.iter().map(|code| recovery_hash(self.installation, &self.user, code)).collect();
        let client = connect::get(&self.pool).await?;
        second_factor::confirm(&client, self.token.expose(), code.expose(), &hashes).await?.into_result()?;
        Ok(codes)
    }

    /// Ends the session that was opened for this.
    ///
    /// # Errors
    /// Lost connections.
    pub async fn close(&self) -> Result<()> {
        let client = connect::get(&self.pool).await?;
        Ok(session::session_close(&client, self.token.expose()).await?)
    }
}

/// One's own second factor.
///
/// # Errors
/// Lost connections.
pub async fn state(signed_in: &SignedIn) -> Result<SecondFactor> {
    let client = signed_in.client().await?;
    Ok(second_factor::state(&client, signed_in.token.expose()).await?)
}

/// Gives a fresh code inside a session: submitted and committed, then judged.
///
/// # Errors
/// A wrong or used code; too many attempts.
pub async fn step_up(signed_in: &SignedIn, code: &Secret<String>) -> Result<()> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (submitted, judged) = tokio::join!(
        biased;
        second_factor::step_up_submit(&client, token, ticket, code.expose()),
        second_factor::step_up_open(&client, token, ticket)
    );
    submitted?.into_result()?;
    Ok(judged?.into_result()?)
}

/// Takes somebody's second factor away, for a lost authenticator.
///
/// # Errors
/// Refused without `manage_people`, and for oneself.
pub async fn reset(signed_in: &SignedIn, login: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(second_factor::reset(&client, signed_in.token.expose(), login).await?.into_result()?)
}

/// Sets whether a role asks for a second factor.
///
/// # Errors
/// Refused without `manage_people`; an unknown role.
pub async fn require(signed_in: &SignedIn, role: &str, on: bool) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(second_factor::require(&client, signed_in.token.expose(), role, on).await?.into_result()?)
}

/// Sets how fresh a code a reveal of a class needs, in seconds from 30 to 86,400; `None` for none.
///
/// # Errors
/// Refused without `manage_people`; an unknown class; seconds out of range.
pub async fn fresh_code(signed_in: &SignedIn, class: &str, seconds: Option<i32>) -> Result<()> {
    if seconds.is_some_and(|seconds| !(30..=86_400).contains(&seconds)) {
        return Err(Error::Plain("A fresh code is between 30 seconds and a day (86400) old at most.".into()));
    }
    let client = signed_in.client().await?;
    let outcome = second_factor::fresh_code(&client, signed_in.token.expose(), class, seconds).await?;
    super::settings::settled(signed_in, &client, &format!("class {class}"), outcome).await
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(BASE32[(bits >> count) as usize & 31]));
        }
    }
    if count > 0 {
        text.push(char::from(BASE32[(bits << (5 - count)) as usize & 31]));
    }
    text
}

/// 60 random bits in three groups: `k7dp-2mxq-hr4t`.
fn recovery_code() -> Secret<String> {
    let mut random = rand::rng();
    let mut text = String::new();
    for place in 0..12 {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(BASE32[random.random_range(0..32)]));
    }
    Secret::new(text)
}

/// As `sealdesk.recovery_hash` computes it: SHA-256 of label, installation, login, a zero byte, and the code without dashes.
fn recovery_hash(installation: InstallationId, login: &str, code: &Secret<String>) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(b"sealdesk/recovery/v1");
    hash.update(installation.0.as_bytes());
    hash.update(login.as_bytes());
    hash.update([0]);
    hash.update(code.expose().replace('-', "").as_bytes());
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"), ("fooba", "mzxw6ytb"), ("foobar", "mzxw6ytboi")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn recovery_codes_have_sixty_bits_and_do_not_repeat() {
        let codes: std::collections::BTreeSet<String> = (0..1_000).map(|_| recovery_code().expose().clone()).collect();
        assert_eq!(codes.len(), 1_000);
        assert!(codes.iter().all(|code| code.len() == 14 && code.split('-').all(|group| group.len() == 4)));
    }
}
