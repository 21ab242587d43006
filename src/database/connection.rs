//! One connection for as long as it is lent from the pool, on which statements keep their order.

use std::{ops::Deref, pin::pin, task::Poll};

use deadpool_postgres::{ClientWrapper, Object};
use futures::{FutureExt as _, future::BoxFuture, poll};
use tokio::{sync::Mutex, task::unconstrained};
use tokio_postgres::{Row, types::ToSql};

/// A connection out of the pool. It goes back when this is dropped.
pub struct Connection {
    client: Object,
    /// Held from the moment a statement is asked for until it is on its way.
    turn: Mutex<()>,
}

impl Connection {
    pub(super) fn new(client: Object) -> Self {
        Self { client, turn: Mutex::new(()) }
    }

    /// Runs a statement, prepared through the connection's cache. Statements reach the server in the order in which their futures were polled first, so
    /// that a collection polled behind its request is behind it there too. Left to themselves, two that have to be prepared yet race: whichever hears
    /// of its preparation first is sent first, and a collection that overtakes its request finds nothing.
    /// Boxed, since several are kept in one future, and each would be some kilobytes of it.
    ///
    /// # Errors
    /// Those of the server and of the connection.
    pub(super) fn query_in_turn<'a>(
        &'a self,
        sql: &'a str,
        parameters: &'a [&'a (dyn ToSql + Sync)],
    ) -> BoxFuture<'a, Result<Vec<Row>, tokio_postgres::Error>> {
        self.in_turn(sql, parameters).boxed()
    }

    async fn in_turn(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, tokio_postgres::Error> {
        // Places in a fair lock's queue are taken now, so that preparing goes on for all of them together. Unconstrained, since a poll that only gives way
        // to others takes no place.
        let mut turn = pin!(unconstrained(self.turn.lock()));
        let place = poll!(turn.as_mut());
        let statement = self.client.prepare_cached(sql).await?;
        let turn = match place {
            Poll::Ready(turn) => turn,
            Poll::Pending => turn.await,
        };
        // A query is written to the connection when it is polled for the first time.
        let mut answer = pin!(self.client.query(&statement, parameters));
        let first = poll!(answer.as_mut());
        drop(turn);
        match first {
            Poll::Ready(answer) => answer,
            Poll::Pending => answer.await,
        }
    }
}

impl Deref for Connection {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        &self.client
    }
}

/// A transaction on a connection of its own. Dropped without [`Transaction::commit`] it is undone.
pub struct Transaction {
    connection: Connection,
    is_open: bool,
}

impl Transaction {
    /// # Errors
    /// Those of the server and of the connection.
    pub async fn begin(connection: Connection) -> Result<Self, tokio_postgres::Error> {
        let transaction = Self { connection, is_open: true };
        transaction.batch_execute("begin").await?;
        Ok(transaction)
    }

    /// # Errors
    /// As [`Transaction::begin`]; whether it was committed is not known then.
    pub async fn commit(mut self) -> Result<(), tokio_postgres::Error> {
        self.batch_execute("commit").await?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            // Written to the connection by this one poll, so it is there before anything that the next to be lent it sends. Nobody waits for the answer.
            drop(self.connection.batch_execute("rollback").now_or_never());
        }
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}
