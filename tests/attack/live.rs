//! Keeping others from seeing what happens.

use std::time::Duration;

use futures::{StreamExt as _, channel::mpsc::unbounded, stream};
use tokio_postgres::{AsyncMessage, NoTls};

use crate::world::{attack, ticket};

#[test]
fn a_transaction_left_open_does_not_silence_the_notices() {
    attack(async |world| {
        // A listener of its own; anybody may listen.
        let mut config = tokio_postgres::Config::new();
        config.host(world.server.socket.display().to_string()).dbname("desk").user("postgres");
        let (listener, mut connection) = config.connect(NoTls).await.unwrap();
        let (sender, mut heard) = unbounded();
        let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
        tokio::spawn(async move {
            while let Some(Ok(message)) = messages.next().await {
                if let AsyncMessage::Notification(notice) = message {
                    let _ = sender.unbounded_send(notice);
                }
            }
        });
        listener.batch_execute("listen sealdesk").await.unwrap();

        let (sam, ann) = (world.sign_in("sam").await, world.sign_in("ann").await);
        tokio::time::sleep(Duration::from_millis(300)).await;
        sam.client.batch_execute("begin").await.unwrap();
        assert_eq!(sam.request_view(ticket(), world.records[0]).await.unwrap(), "ok");
        while let Ok(Some(_)) = tokio::time::timeout(Duration::from_millis(50), heard.next()).await {}
        let mut noticed = false;
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(ann.request_view(ticket(), world.records[1]).await.unwrap(), "ok");
            noticed |= tokio::time::timeout(Duration::from_millis(200), heard.next()).await.is_ok();
        }
        assert!(noticed, "nobody heard of ann's views while sam's transaction was open");
        sam.client.batch_execute("rollback").await.unwrap();
    });
}
