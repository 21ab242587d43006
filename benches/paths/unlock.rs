//! F16: from the passphrase to a signed-in person, beside Argon2id alone.

use std::time::Instant;

use sealdesk::{
    crypto::{
        kdf::{self, KdfProfile},
        secret::Secret,
    },
    service::{Origin, unlock},
};

use super::{
    Failure,
    world::{PASSPHRASE, World},
};

const ROUNDS: usize = 15;

pub async fn run(host: &str, password: &str) -> Result<(), Failure> {
    let world = World::found(host, password).await?;
    world.senior_agent(1).await?;
    let (mut whole, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        kdf::derive("bench.agent1", world.config.installation, &Secret::from(PASSPHRASE), KdfProfile::Standard)?;
        alone.push(began.elapsed().as_secs_f64() * 1e3);
        let began = Instant::now();
        let signed_in = unlock::unlock(&world.config, "bench.agent1", Secret::from(PASSPHRASE), &Origin::from_environment()).await?;
        whole.push(began.elapsed().as_secs_f64() * 1e3);
        unlock::close(&signed_in).await?;
    }
    let (whole, alone) = (super::median(whole), super::median(alone));
    println!("F16 unlock {whole:.0} ms, Argon2id alone {alone:.0} ms, difference {:.0} ms", whole - alone);
    Ok(())
}
