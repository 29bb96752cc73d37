//! The published tables without documents behind them: rows that somebody made up, in the database that a
//! replica would keep them in. For benchmarks, which need more rows than documents can be made for.

use std::path::Path;

use linli_model::{Cell, tables};
use rusqlite::{params_from_iter, types::Value};

use crate::{
    engine::{DetachedEngine, ReaderEngine},
    error::StoreError,
    open::Opened,
    projection,
};

/// Published tables in an encrypted database of their own.
pub struct BareTables {
    opened: Opened,
    documents: i64,
}

impl BareTables {
    /// Makes a data directory with tables, indexes and settings as every replica has them.
    pub fn create(directory: &Path) -> Result<Self, StoreError> {
        let mut opened = Opened::create(directory)?;
        projection::settle(&mut opened.connection)?;
        Ok(Self { opened, documents: 0 })
    }

    /// Adds the rows of one document, each with the position of its table among the published ones.
    pub fn insert(&mut self, rows: impl IntoIterator<Item = (usize, Vec<Cell>)>) -> Result<(), StoreError> {
        self.documents += 1;
        for (at, (table, cells)) in (0_i64..).zip(rows) {
            let places = vec!["?"; cells.len() + 2].join(", ");
            let sql = format!("INSERT INTO \"{}\" VALUES ({places})", tables()[table].name);
            let cells = cells.into_iter().map(|cell| match cell {
                Cell::Text(text) => Value::Text(text),
                Cell::Int(number) => Value::Integer(number),
            });
            let row = cells.chain([Value::Integer(self.documents), Value::Integer(at)]);
            self.opened.connection.prepare_cached(&sql)?.execute(params_from_iter(row))?;
        }
        Ok(())
    }

    /// Runs a piece of work as one transaction.
    pub fn together<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.opened.connection.execute_batch("BEGIN")?;
        let done = work(self)?;
        self.opened.connection.execute_batch("COMMIT")?;
        Ok(done)
    }

    /// What evaluates them on several cores.
    pub fn engines(&self, tasks: usize) -> Result<Vec<DetachedEngine>, StoreError> {
        self.opened.readers(tasks)
    }

    /// What reads them: one state, as of now.
    pub fn engine(&self) -> Result<ReaderEngine<'static>, StoreError> {
        let reader = self.opened.reader()?.ok_or(StoreError::NotInitialised(std::path::PathBuf::new()))?;
        Ok(ReaderEngine::own(DetachedEngine::of(reader)?))
    }
}
