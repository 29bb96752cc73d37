//! What a grant allows.

use std::{fmt, str::FromStr};

/// One right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Write the unit's own records.
    Records,
    /// Write the oversight of units strictly below.
    Oversight,
    /// Write the unit's notices.
    Notices,
    /// Grant devices access to units below.
    Issue,
    /// Revoke devices of units below.
    Revoke,
    /// Erase documents of the unit or below.
    Erase,
    /// Write receipts for units below.
    Receipt,
    /// Publish standards in the unit's notices.
    Publish,
    /// Pull snapshots of the unit.
    Audit,
}

impl Right {
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Records, "records"),
        (Self::Oversight, "oversight"),
        (Self::Notices, "notices"),
        (Self::Issue, "issue"),
        (Self::Revoke, "revoke"),
        (Self::Erase, "erase"),
        (Self::Receipt, "receipt"),
        (Self::Publish, "publish"),
        (Self::Audit, "audit"),
    ];

    const fn bit(self) -> u64 {
        1 << self as u64
    }
}

/// A set of rights. Bits that this version does not know are kept: a grant must narrow in them too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Rights(u64);

impl Rights {
    pub const NONE: Self = Self(0);

    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub const fn bits(self) -> u64 {
        self.0
    }

    pub fn of(rights: &[Right]) -> Self {
        Self(rights.iter().fold(0, |bits, right| bits | right.bit()))
    }

    /// Every right that this version knows.
    pub fn all() -> Self {
        Self(Right::ALL.iter().fold(0, |bits, (right, _)| bits | right.bit()))
    }

    /// What a hub needs to serve its unit.
    pub fn hub() -> Self {
        Self::all()
    }

    /// What a clerk's device needs.
    pub fn clerk() -> Self {
        Self::of(&[Right::Records, Right::Notices])
    }

    /// What an auditor's device needs: it writes nothing but that it looked.
    pub fn auditor() -> Self {
        Self::of(&[Right::Audit])
    }

    pub const fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// Whether every right of this set is in `other`.
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Right::ALL.iter().filter(|(r, _)| self.has(*r)).map(|(_, n)| *n).collect();
        f.write_str(&names.join("+"))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rights({self})")
    }
}

impl FromStr for Rights {
    type Err = String;

    /// Reads `records+notices`, or one of the usual sets `hub`, `clerk`, `auditor`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "hub" => return Ok(Self::hub()),
            "clerk" => return Ok(Self::clerk()),
            "auditor" => return Ok(Self::auditor()),
            _ => {}
        }
        let mut rights = Self::NONE;
        for name in text.split('+') {
            let (right, _) = Right::ALL.iter().find(|(_, n)| *n == name).ok_or_else(|| {
                format!("`{name}` is no right; use hub, clerk, auditor, or rights joined by + such as records+notices")
            })?;
            rights.0 |= right.bit();
        }
        Ok(rights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_read_back_what_they_show() {
        for rights in [Rights::hub(), Rights::clerk(), Rights::auditor()] {
            assert_eq!(rights.to_string().parse(), Ok(rights));
        }
        assert!("records+fly".parse::<Rights>().is_err_and(|e| e.contains("`fly` is no right")));
    }

    #[test]
    fn a_set_narrows_only_into_one_that_has_all_of_it() {
        assert!(Rights::clerk().within(Rights::hub()));
        assert!(!Rights::hub().within(Rights::clerk()));
        assert!(!Rights::from_bits(1 << 40).within(Rights::all()), "unknown rights are not given away");
    }
}
