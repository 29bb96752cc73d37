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

/// The action that takes a key out of a map.
pub(crate) const DELETE: u64 = 3;
/// The action that makes a map.
pub(crate) const MAKE_MAP: u64 = 0;

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
    let same = written.len() == parts.columns.len()
        && written
            .iter()
            .zip(&parts.columns)
            .all(|((spec, data), (other, bytes))| spec == other && data == bytes);
    same.then_some(operations)
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

/// The columns of operations, as Automerge writes them.
pub(crate) fn columns<V: AsRef<[u8]>>(operations: &[Operation<V>]) -> Vec<(u64, Vec<u8>)> {
    let object = |part: fn(OperationId) -> u64| runs(operations.iter().map(|o| o.object.map(part)), put_uleb);
    let each = |part: &dyn Fn(&Operation<V>) -> u64| runs(operations.iter().map(|o| Some(part(o))), put_uleb);
    let predecessors = || operations.iter().flat_map(|o| &o.predecessors);
    let differences = predecessors().scan(0, |last, (_, counter)| {
        let difference = counter.wrapping_sub(std::mem::replace(last, *counter));
        Some(Some(difference as i64))
    });
    let mut insert = Vec::new();
    put_uleb(&mut insert, operations.len() as u64);
    let all = [
        (column::OBJECT_ACTOR, object(|(actor, _)| actor as u64)),
        (column::OBJECT_COUNTER, object(|(_, counter)| counter)),
        (column::KEY_TEXT, runs(operations.iter().map(|o| Some(o.key.as_ref())), put_counted)),
        (column::INSERT, insert),
        (column::ACTION, each(&|o| o.action)),
        (column::VALUE_LENGTHS, each(&|o| (o.value.as_ref().len() as u64) << 4 | o.value_type)),
        (column::VALUE, operations.iter().flat_map(|o| o.value.as_ref()).copied().collect()),
        (column::PREDECESSOR_COUNT, each(&|o| o.predecessors.len() as u64)),
        (column::PREDECESSOR_ACTOR, runs(predecessors().map(|(actor, _)| Some(*actor as u64)), put_uleb)),
        (column::PREDECESSOR_COUNTER, runs(differences, put_leb)),
    ];
    all.into_iter().filter(|(_, data)| !data.is_empty()).collect()
}

/// A column in the runs that Automerge makes: what repeats is one, what stands by itself is gathered.
fn runs<T: PartialEq + Copy>(
    values: impl Iterator<Item = Option<T>>,
    put: impl Fn(&mut Vec<u8>, T),
) -> Vec<u8> {
    let values: Vec<Option<T>> = values.collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = values.get(at) {
        let alike = values[at..].iter().take_while(|value| *value == first).count();
        match first {
            None if alike == values.len() => {}
            None => {
                out.push(0);
                put_uleb(&mut out, alike as u64);
            }
            Some(value) if alike > 1 => {
                put_leb(&mut out, alike as i64);
                put(&mut out, *value);
            }
            Some(_) => {
                let rest = &values[at..];
                let single = |i: usize| rest[i].is_some() && rest.get(i + 1) != Some(&rest[i]);
                let count = (0..rest.len()).take_while(|i| single(*i)).count();
                put_leb(&mut out, -(count as i64));
                rest[..count].iter().flatten().for_each(|value| put(&mut out, *value));
                at += count;
                continue;
            }
        }
        at += alike;
    }
    out
}

#[cfg(test)]
mod tests;
