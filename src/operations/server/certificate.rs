//! A throw-away certificate authority and a server certificate for loopback, good for the life of one private cluster.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::ServerError;

/// PEM texts.
pub struct Certificates {
    pub authority: String,
    pub server: String,
    pub server_key: String,
}

/// Makes both.
///
/// # Errors
/// [`ServerError::Certificate`].
pub fn make() -> Result<Certificates, ServerError> {
    make_with_rcgen().map_err(|error| ServerError::Certificate(error.to_string()))
}

fn make_with_rcgen() -> Result<Certificates, rcgen::Error> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.distinguished_name.push(DnType::CommonName, "sealdesk demo authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);
    let server_key = KeyPair::generate()?;
    let mut server = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()])?;
    server.distinguished_name.push(DnType::CommonName, "localhost");
    let server_certificate = server.signed_by(&server_key, &issuer)?;
    Ok(Certificates { authority: authority_certificate.pem(), server: server_certificate.pem(), server_key: server_key.serialize_pem() })
}
