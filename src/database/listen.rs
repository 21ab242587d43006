//! Notifications: a hint that something changed, never a fact. Anybody may send one, so that nothing is believed of it: what it hints at is asked for.

use std::pin::Pin;

use futures::{Stream, StreamExt as _, channel::mpsc, stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Connection};

use super::{
    connect::{self, Target},
    error::Result,
};

/// What to ask the database about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Something was done and recorded.
    Audit,
    /// Somebody's sessions were ended, perhaps this one.
    Sessions,
    /// What is configured, what somebody may, or a request has changed.
    Policy,
    /// An alert rings, or something was done about one.
    Alert,
}

pub(super) type Messages = mpsc::UnboundedReceiver<Hint>;

/// Listens until the stream is dropped; it ends with the connection.
///
/// # Errors
/// As [`connect::get`].
pub async fn listen(target: &Target) -> Result<Pin<Box<dyn Stream<Item = Hint> + Send>>> {
    let (client, messages) = connect::with_messages(target).await?;
    client.batch_execute("listen sealdesk").await?;
    // The client travels with the stream: dropping it closes the connection.
    Ok(Box::pin(messages.map(move |hint| {
        let _ = &client;
        hint
    })))
}

/// Drives a connection and forwards its notifications.
pub(super) fn messages<S, T>(mut connection: Connection<S, T>) -> Messages
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, receiver) = mpsc::unbounded();
    tokio::spawn(async move {
        let mut incoming = stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(Ok(message)) = incoming.next().await {
            let AsyncMessage::Notification(notification) = message else { continue };
            let hint = match notification.payload() {
                "sessions" => Hint::Sessions,
                "policy" => Hint::Policy,
                "alert" => Hint::Alert,
                _ => Hint::Audit,
            };
            if sender.unbounded_send(hint).is_err() {
                return;
            }
        }
    });
    receiver
}
