//! The operations of a change, read from its columns and written back.
//!
//! Automerge writes the operations of a change by column, each column in runs:
//!
//! ```text
//! column = (LEB n > 0 ‖ value: n times the same
//!         | LEB −n    ‖ n values, each unlike the one before
//!         | 00 ‖ uLEB n: n times nothing)*
//! ```
//!
//! Columns of nothing alone are left out. Counters of predecessors stand as differences, lengths and
//! types of values in one number, and whether an operation inserts as alternating counts. Here are the
//! columns that maps of plain values need; a change with others has no [`Operation`]s.

use linli_wire::limits::{CHANGE_OPS_MAX, ENTRY_BYTES_MAX, MAP_KEY_BYTES_MAX};

use super::{ChangeError, ChangeParts, Input, put_counted, put_leb, put_uleb};

/// The specifications of the columns, from Automerge's format.
pub(crate) mod column {
    pub const OBJECT_ACTOR: u64 = 0x01;
    pub const OBJECT_COUNTER: u64 = 0x02;
    pub const KEY_ACTOR: u64 = 0x11;
    pub const KEY_COUNTER: u64 = 0x13;
    pub const KEY_TEXT: u64 = 0x15;
    pub const INSERT: u64 = 0x34;
    pub const ACTION: u64 = 0x42;
    pub const VALUE_LENGTHS: u64 = 0x56;
    pub const VALUE: u64 = 0x57;
    pub const PREDECESSOR_COUNT: u64 = 0x70;
    pub const PREDECESSOR_ACTOR: u64 = 0x71;
    pub const PREDECESSOR_COUNTER: u64 = 0x73;
    pub const EXPAND: u64 = 0x94;
    pub const MARK_NAME: u64 = 0xa5;
}

/// Automerge's codes of what an operation does.
pub(crate) mod action {
    pub const MAKE_MAP: u64 = 0;
    pub const PUT: u64 = 1;
    pub const MAKE_LIST: u64 = 2;
    /// Takes a key out of a map.
    pub const DELETE: u64 = 3;
    pub const MAKE_TEXT: u64 = 4;
    pub const INCREMENT: u64 = 5;
    pub const MAKE_TABLE: u64 = 6;
    pub const MARK: u64 = 7;
}

/// Automerge's codes of what a value is.
pub(crate) mod value_type {
    pub const NULL: u64 = 0;
    pub const INTEGER: u64 = 4;
    pub const TEXT: u64 = 6;
}

/// An operation by its actor, as its place in the change (0 is the change's own, then the others in
/// their order), and its counter.
pub(crate) type OperationId = (usize, u64);

/// One operation on a key of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation<V> {
    /// The map, by the operation that made it; `None` is the document's root.
    pub object: Option<OperationId>,
    pub key: V,
    pub action: u64,
    /// Automerge's code of the value's type, below 16.
    pub value_type: u64,
    pub value: V,
    pub predecessors: Vec<OperationId>,
}

/// A column while it is read.
struct Column<'b, T> {
    input: Input<'b>,
    read: fn(&mut Input<'b>) -> Result<T, ChangeError>,
    left: u64,
    run: Run<T>,
}

/// What the values left of a run are.
enum Run<T> {
    /// This one again and again, or nothing.
    Repeated(Option<T>),
    /// Each stands by itself.
    Literal,
}

impl<'b, T: Clone> Column<'b, T> {
    fn of(
        parts: &ChangeParts<'b>,
        specification: u64,
        read: fn(&mut Input<'b>) -> Result<T, ChangeError>,
    ) -> Self {
        Self { input: Input(raw(parts, specification)), read, left: 0, run: Run::Literal }
    }

    /// The next value, `None` for nothing and after the end.
    fn next(&mut self) -> Result<Option<T>, ChangeError> {
        while self.left == 0 {
            if self.input.0.is_empty() {
                return Ok(None);
            }
            match self.input.leb()? {
                0 => (self.left, self.run) = (self.input.uleb()?, Run::Repeated(None)),
                n if n > 0 => {
                    let value = (self.read)(&mut self.input)?;
                    (self.left, self.run) = (n.unsigned_abs(), Run::Repeated(Some(value)));
                }
                n => (self.left, self.run) = (n.unsigned_abs(), Run::Literal),
            }
        }
        self.left -= 1;
        match &self.run {
            Run::Repeated(value) => Ok(value.clone()),
            Run::Literal => (self.read)(&mut self.input).map(Some),
        }
    }
}

fn raw<'b>(parts: &ChangeParts<'b>, specification: u64) -> &'b [u8] {
    parts.columns.iter().find(|(found, _)| *found == specification).map_or(&[], |(_, data)| data)
}

/// The operations of a change if they are all that its columns say: `None` for what is not written as
/// [`columns`] writes it, for lists and marks, and for more than a change may have.
pub(crate) fn read<'b>(parts: &ChangeParts<'b>) -> Option<Vec<Operation<&'b [u8]>>> {
    let operations = unfold(parts).ok().flatten()?;
    let written = columns(&operations);
    let same = written.iter().eq(parts.columns.iter().copied());
    same.then_some(operations)
}

/// Whether an operation inserts into a list or a text, by the column that says so.
pub(crate) fn inserts(parts: &ChangeParts<'_>) -> bool {
    // Alternating counts, of those that do not first.
    let mut column = Input(raw(parts, column::INSERT));
    column.uleb().is_ok() && !column.0.is_empty()
}

fn unfold<'b>(parts: &ChangeParts<'b>) -> Result<Option<Vec<Operation<&'b [u8]>>>, ChangeError> {
    let uleb = |specification| Column::of(parts, specification, Input::uleb);
    let (mut object_actors, mut object_counters) = (uleb(column::OBJECT_ACTOR), uleb(column::OBJECT_COUNTER));
    let mut keys = Column::of(parts, column::KEY_TEXT, Input::counted);
    let (mut actions, mut lengths) = (uleb(column::ACTION), uleb(column::VALUE_LENGTHS));
    let mut values = Input(raw(parts, column::VALUE));
    let (mut counts, mut actors) = (uleb(column::PREDECESSOR_COUNT), uleb(column::PREDECESSOR_ACTOR));
    let mut counters = Column::of(parts, column::PREDECESSOR_COUNTER, Input::leb);
    let actor_count = parts.other_actors.len() + 1;
    let named = |actor: u64| usize::try_from(actor).ok().filter(|at| *at < actor_count);
    let (mut operations, mut counter, mut room) = (Vec::new(), 0_i64, CHANGE_OPS_MAX);
    let mut key_room = ENTRY_BYTES_MAX;
    while let Some(action) = actions.next()? {
        let object = match (object_actors.next()?, object_counters.next()?) {
            (None, None) => None,
            (Some(actor), Some(counter)) => match named(actor) {
                Some(actor) => Some((actor, counter)),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let (Some(key), Some(length), Some(count)) = (keys.next()?, lengths.next()?, counts.next()?) else {
            return Ok(None);
        };
        let value = values.take(usize::try_from(length >> 4).map_err(|_| ChangeError::Number)?)?;
        // Runs make many operations of few bytes, so they are counted before room is made for them.
        room = match room.checked_sub(1).and_then(|room| room.checked_sub(count)) {
            Some(room) => room,
            None => return Ok(None),
        };
        key_room = match key_room.checked_sub(key.len()) {
            Some(room) if key.len() <= MAP_KEY_BYTES_MAX => room,
            _ => return Ok(None),
        };
        let mut predecessors = Vec::new();
        for _ in 0..count {
            let (Some(actor), Some(difference)) = (actors.next()?, counters.next()?) else { return Ok(None) };
            counter = counter.wrapping_add(difference);
            let (Some(actor), Ok(counter)) = (named(actor), u64::try_from(counter)) else { return Ok(None) };
            predecessors.push((actor, counter));
        }
        operations.push(Operation { object, key, action, value_type: length & 15, value, predecessors });
    }
    Ok(Some(operations))
}

/// The columns of a change, one after another.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    data: Vec<u8>,
    /// The specification of each column and where it ends.
    ends: Vec<(u64, usize)>,
}

impl Columns {
    /// Each column's specification and data.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut begin = 0;
        self.ends.iter().map(move |(specification, end)| {
            let data = &self.data[begin..*end];
            begin = *end;
            (*specification, data)
        })
    }

    /// Adds a column of what `write` puts down, if that is anything.
    fn put(&mut self, specification: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.data.len();
        write(&mut self.data);
        if self.data.len() > begin {
            self.ends.push((specification, self.data.len()));
        }
    }
}

/// The columns of operations, as Automerge writes them.
pub(crate) fn columns<V: AsRef<[u8]>>(operations: &[Operation<V>]) -> Columns {
    let mut columns = Columns { data: Vec::with_capacity(256), ends: Vec::with_capacity(10) };
    let object = |part: fn(OperationId) -> u64| operations.iter().map(move |o| o.object.map(part));
    columns.put(column::OBJECT_ACTOR, |out| runs(out, object(|(actor, _)| actor as u64), put_uleb));
    columns.put(column::OBJECT_COUNTER, |out| runs(out, object(|(_, counter)| counter), put_uleb));
    let keys = operations.iter().map(|o| Some(o.key.as_ref()));
    columns.put(column::KEY_TEXT, |out| runs(out, keys, put_counted));
    columns.put(column::INSERT, |out| put_uleb(out, operations.len() as u64));
    columns.put(column::ACTION, |out| runs(out, operations.iter().map(|o| Some(o.action)), put_uleb));
    let lengths = operations.iter().map(|o| Some((o.value.as_ref().len() as u64) << 4 | o.value_type));
    columns.put(column::VALUE_LENGTHS, |out| runs(out, lengths, put_uleb));
    columns.put(column::VALUE, |out| {
        for operation in operations {
            out.extend_from_slice(operation.value.as_ref());
        }
    });
    let counts = operations.iter().map(|o| Some(o.predecessors.len() as u64));
    columns.put(column::PREDECESSOR_COUNT, |out| runs(out, counts, put_uleb));
    let predecessors = || operations.iter().flat_map(|o| &o.predecessors);
    let actors = predecessors().map(|(actor, _)| Some(*actor as u64));
    columns.put(column::PREDECESSOR_ACTOR, |out| runs(out, actors, put_uleb));
    let differences = predecessors().scan(0, |last, (_, counter)| {
        let difference = counter.wrapping_sub(std::mem::replace(last, *counter));
        Some(Some(difference as i64))
    });
    columns.put(column::PREDECESSOR_COUNTER, |out| runs(out, differences, put_leb));
    columns
}

/// A column in the runs that Automerge makes: what repeats is one, what stands by itself is gathered. Of
/// nothing alone there is no column.
fn runs<T: PartialEq + Copy>(
    out: &mut Vec<u8>,
    values: impl Iterator<Item = Option<T>>,
    put: impl Fn(&mut Vec<u8>, T),
) {
    let begin = out.len();
    let mut values = values.peekable();
    // Values that stand by themselves wait until it is known how many there are.
    let (mut single, mut count) = (Vec::new(), 0_i64);
    while let Some(value) = values.next() {
        let mut alike = 1_u64;
        while values.next_if_eq(&value).is_some() {
            alike += 1;
        }
        match value {
            Some(value) if alike == 1 => {
                put(&mut single, value);
                count += 1;
                continue;
            }
            None if values.peek().is_none() && out.len() == begin && count == 0 => return,
            _ => {}
        }
        put_single(out, &mut single, &mut count);
        match value {
            None => {
                out.push(0);
                put_uleb(out, alike);
            }
            Some(value) => {
                put_leb(out, alike as i64);
                put(out, value);
            }
        }
    }
    put_single(out, &mut single, &mut count);
}

fn put_single(out: &mut Vec<u8>, single: &mut Vec<u8>, count: &mut i64) {
    if *count > 0 {
        put_leb(out, -*count);
        out.append(single);
        *count = 0;
    }
}

#[cfg(test)]
mod tests;
