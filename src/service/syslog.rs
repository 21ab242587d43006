//! Syslog as RFC 5424 writes it, and the ways to a receiver: one datagram a message, or TCP with each message's length before it (RFC 6587).

use std::{fmt::Write as _, path::PathBuf};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket, UnixDatagram},
};

/// The number that RFC 5612 keeps for documentation: structured data must have one, and sealdesk has none of its own.
pub const ENTERPRISE: u32 = 32_473;
/// A receiver that has not taken what was sent by then gets it again later.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(15);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receiver {
    Udp(String),
    Tcp(String),
    Unix(PathBuf),
}

impl Receiver {
    /// `udp://host:514`, `tcp://host:601` or `unix:/dev/log`.
    #[must_use]
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

    /// Sends messages in their order. Over TCP they count as taken when the receiver, told that no more come, has ended the connection in good order:
    /// until then they may lie unread in its machine, and are lost with it. A datagram is only known to have been sent.
    ///
    /// # Errors
    /// What the machine or the network said; then any of them may be sent again.
    pub async fn deliver(&self, messages: &[String]) -> Result<(), String> {
        let sending = async {
            match self {
                Self::Udp(address) => {
                    let mut found = tokio::net::lookup_host(address.as_str()).await?;
                    let to = found.next().ok_or_else(|| std::io::Error::other("the name has no address"))?;
                    let socket = UdpSocket::bind(if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" }).await?;
                    socket.connect(to).await?;
                    for message in messages {
                        socket.send(message.as_bytes()).await?;
                    }
                    Ok(())
                }
                Self::Tcp(address) => {
                    let mut stream = TcpStream::connect(address.as_str()).await?;
                    let mut framed = String::new();
                    for message in messages {
                        // Writing to a string cannot fail.
                        let _ = write!(framed, "{} {message}", message.len());
                    }
                    stream.write_all(framed.as_bytes()).await?;
                    stream.shutdown().await?;
                    let mut said = [0; 512];
                    while stream.read(&mut said).await? > 0 {}
                    Ok(())
                }
                Self::Unix(path) => {
                    let socket = UnixDatagram::unbound()?;
                    socket.connect(path)?;
                    for message in messages {
                        socket.send(message.as_bytes()).await?;
                    }
                    Ok(())
                }
            }
        };
        match tokio::time::timeout(DEADLINE, sending).await {
            Ok(sent) => sent.map_err(|error: std::io::Error| error.to_string()),
            Err(_) => Err(format!("no answer within {} s", DEADLINE.as_secs())),
        }
    }
}

/// This machine, as a header may name it.
#[must_use]
pub fn host() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let host: String = host.chars().filter(char::is_ascii_graphic).take(255).collect();
    if host.is_empty() { "-".into() } else { host }
}

/// A value of structured data. What would end the value is escaped; what would end the line is left out.
#[must_use]
pub fn escaped(value: &str) -> String {
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
    fn receivers_are_read_or_refused() {
        assert_eq!(Receiver::parse("udp://siem:514"), Some(Receiver::Udp("siem:514".into())));
        assert_eq!(Receiver::parse("tcp://[::1]:601"), Some(Receiver::Tcp("[::1]:601".into())));
        assert_eq!(Receiver::parse("unix:/dev/log"), Some(Receiver::Unix("/dev/log".into())));
        for wrong in ["udp://siem", "udp://:514", "unix:log", "http://siem:514", ""] {
            assert_eq!(Receiver::parse(wrong), None, "{wrong}");
        }
    }
}
