//! Syslog as RFC 5424 writes it, in one datagram, or with its length before it over TCP (RFC 6587).

use std::path::PathBuf;

use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpStream, UdpSocket, UnixDatagram},
};

use super::{DEADLINE, late, sentence};
use crate::model::{
    alert::{Notice, Severity},
    catalogue::Language,
};

/// `authpriv`.
const FACILITY: u8 = 10;
/// The number that RFC 5612 keeps for documentation: structured data must have one, and sealdesk has none of its own.
const ENTERPRISE: u32 = 32_473;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receiver {
    Udp(String),
    Tcp(String),
    Unix(PathBuf),
}

impl Receiver {
    pub fn parse(text: &str) -> Option<Self> {
        let with_port =
            |address: &str| address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        if let Some(address) = text.strip_prefix("udp://") {
            return with_port(address).then(|| Self::Udp(address.to_owned()));
        }
        if let Some(address) = text.strip_prefix("tcp://") {
            return with_port(address).then(|| Self::Tcp(address.to_owned()));
        }
        text.strip_prefix("unix:").filter(|path| path.starts_with('/')).map(|path| Self::Unix(path.into()))
    }
}

pub async fn deliver(receiver: &Receiver, message: &str) -> Result<(), String> {
    let sending = async {
        match receiver {
            Receiver::Udp(address) => {
                let mut found = tokio::net::lookup_host(address.as_str()).await?;
                let to = found.next().ok_or_else(|| std::io::Error::other("the name has no address"))?;
                let socket = UdpSocket::bind(if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" }).await?;
                socket.connect(to).await?;
                socket.send(message.as_bytes()).await.map(drop)
            }
            Receiver::Tcp(address) => {
                let mut stream = TcpStream::connect(address.as_str()).await?;
                stream.write_all(format!("{} {message}", message.len()).as_bytes()).await?;
                stream.shutdown().await
            }
            Receiver::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                socket.send(message.as_bytes()).await.map(drop)
            }
        }
    };
    tokio::time::timeout(DEADLINE, sending).await.map_err(|_| late())?.map_err(|error| error.to_string())
}

/// `<82>1 2026-11-24T06:03:20Z host sealdesk 4711 raised [sealdesk@32473 alert="7" …] critical: …`
pub fn message(notice: &Notice, language: Language) -> String {
    let level = match notice.severity {
        Severity::Critical => 2,
        Severity::Warning => 4,
        Severity::Info => 6,
    };
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let host: String = host.chars().filter(char::is_ascii_graphic).take(255).collect();
    let host = if host.is_empty() { "-" } else { &host };
    let data = [
        ("id", notice.number.to_string()),
        ("alert", notice.alert.to_string()),
        ("rule", notice.rule.clone()),
        ("severity", notice.severity.code().to_owned()),
        ("subject", notice.subject.clone()),
        ("users", notice.actors.join(",")),
        ("events", notice.events.to_string()),
    ];
    let data: Vec<String> = data.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    let at = notice.at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ");
    // The mark says that what follows is UTF-8.
    format!(
        "<{}>1 {at} {host} sealdesk {} {} [sealdesk@{ENTERPRISE} {}] \u{feff}{}",
        FACILITY * 8 + level,
        std::process::id(),
        notice.what,
        data.join(" "),
        sentence(notice, language).replace(char::is_control, " ")
    )
}

/// What would end the value is escaped; what would end the line is left out.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars().filter(|character| !character.is_control()) {
        if matches!(character, '"' | '\\' | ']') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_what_rfc_5424_says_and_no_subject_breaks_out_of_it() {
        let mut notice = super::super::example();
        notice.subject = "x\"] \\ \n<13>1 forged".into();
        let message = message(&notice, Language::English);
        assert!(message.starts_with("<82>1 2026-11-24T06:03:20.000000Z "), "{message}");
        assert!(message.contains(" raised [sealdesk@32473 id=\"3\" alert=\"7\" rule=\"bulk_reveal\""), "{message}");
        assert!(message.contains("subject=\"x\\\"\\] \\\\ <13>1 forged\""), "{message}");
        assert!(!message.contains('\n'));
    }

    #[test]
    fn receivers_are_read_or_refused() {
        assert_eq!(Receiver::parse("udp://siem:514"), Some(Receiver::Udp("siem:514".into())));
        assert_eq!(Receiver::parse("tcp://[::1]:601"), Some(Receiver::Tcp("[::1]:601".into())));
        assert_eq!(Receiver::parse("unix:/dev/log"), Some(Receiver::Unix("/dev/log".into())));
        for wrong in ["udp://siem", "udp://:514", "unix:log", "http://siem:514", ""] {
            assert_eq!(Receiver::parse(wrong), None, "{wrong}");
        }
    }
}
