//! The connection URL of whoever founds and migrates: libpq's form, with verification that cannot be asked away by a weaker `sslmode`.

use std::{borrow::Cow, path::PathBuf};

use percent_encoding::percent_decode_str;
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

use super::{
    connect::Tls,
    error::{DatabaseError, Result},
};
use crate::crypto::secret::Secret;

/// Where a URL leads, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A name, an address, or the directory of a unix socket.
    pub host: String,
    pub port: u16,
    pub dbname: String,
    pub tls: Tls,
}

/// A URL, read.
pub(super) struct ServerUrl {
    pub config: Config,
    pub place: Place,
}

/// Reads `postgresql://user:password@host:port/dbname?sslmode=…&sslrootcert=…`. Over TCP every `sslmode` but `disable` means `verify-full`;
/// `sslrootcert` is a PEM file of authorities, the system's are used without it.
///
/// # Errors
/// [`DatabaseError::Url`] names what is wrong, never the URL, which holds a password.
pub(super) fn parse(url: &Secret<String>) -> Result<ServerUrl> {
    let text = url.expose().trim();
    if !text.starts_with("postgresql://") && !text.starts_with("postgres://") {
        return Err(DatabaseError::Url("does not start with postgresql://"));
    }
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let (mut mode, mut authority, mut kept) = (Cow::Borrowed("verify-full"), None, Secret::new(address.to_owned()));
    let mut separator = '?';
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(DatabaseError::Url("has a parameter without a value"))?;
        let decoded = percent_decode_str(value).decode_utf8().map_err(|_| DatabaseError::Url("has a parameter that is not UTF-8"))?;
        match name {
            "sslmode" => mode = decoded,
            "sslrootcert" => authority = Some(PathBuf::from(decoded.as_ref())),
            _ => {
                kept = Secret::new(format!("{}{separator}{pair}", kept.expose()));
                separator = '&';
            }
        }
    }
    let mut config: Config = kept.expose().parse().map_err(|_| DatabaseError::Url("is malformed"))?;
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => return Err(DatabaseError::Url("names no host")),
    };
    let tls = match mode.as_ref() {
        "disable" => Tls::Off,
        "prefer" | "allow" | "require" | "verify-ca" | "verify-full" => Tls::VerifyFull { authority },
        _ => return Err(DatabaseError::Url("has an unknown sslmode")),
    };
    let encrypted = !host.starts_with('/') && tls != Tls::Off;
    config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
    let dbname = config.get_dbname().or(config.get_user()).unwrap_or_default().to_owned();
    let place = Place { host, port: config.get_ports().first().copied().unwrap_or(5432), dbname, tls };
    Ok(ServerUrl { config, place })
}

/// Where a URL leads.
///
/// # Errors
/// As [`super::connect::from_url`], when the URL cannot be read.
pub fn place(url: &Secret<String>) -> Result<Place> {
    Ok(parse(url)?.place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Place> {
        place(&Secret::from(url))
    }

    #[test]
    fn a_weaker_sslmode_still_verifies() {
        for mode in ["", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-full"] {
            let place =
                read(&format!("postgresql://postgres:pw@db.example/sealdesk{mode}")).unwrap_or_else(|error| panic!("{mode}: {error}"));
            assert_eq!(place.tls, Tls::VerifyFull { authority: None }, "{mode}");
        }
    }

    #[test]
    fn the_authority_and_the_place_are_taken_from_the_url() {
        let place = read("postgresql://postgres:p%40w@db.example:5444/acme?sslrootcert=/etc/my%20ca.pem&connect_timeout=3")
            .map_err(|error| error.to_string());
        let wanted = Place {
            host: "db.example".into(),
            port: 5444,
            dbname: "acme".into(),
            tls: Tls::VerifyFull { authority: Some("/etc/my ca.pem".into()) },
        };
        assert_eq!(place, Ok(wanted));
    }

    #[test]
    fn a_socket_directory_is_a_host() {
        let place = read("postgresql://postgres:pw@%2Frun%2Fpostgresql/sealdesk").map_err(|error| error.to_string());
        assert_eq!(place.map(|place| place.host), Ok("/run/postgresql".into()));
    }

    #[test]
    fn a_wrong_url_is_explained_without_its_password() {
        for url in [
            "host=db password=hunter2",
            "postgresql://u:hunter2@h/d?sslmode=none",
            "postgresql://u:hunter2@h/d?x",
            "postgresql://u:hunter2@h:port/d",
        ] {
            let told = read(url).map_or_else(|error| error.to_string(), |_| "accepted".into());
            assert!(told.contains("connection URL") && !told.contains("hunter2"), "{url}: {told}");
        }
    }
}
