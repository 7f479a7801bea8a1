//! The symbols of a program: names to addresses and addresses to names.
//!
//! Decides which symbols count (functions, objects and labels with an address), which spelling of a name finds one, and
//! how far a symbol reaches. Main types: [`Symbols`], [`Symbol`], [`Place`]. Neighbours: `program` reads them from the ELF
//! file; `expression`, `disassembly` and every report of an address ask here.

use crate::error::{Error, Result};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use elf::ElfBytes;
use elf::abi::{SHN_UNDEF, STT_FUNC, STT_NOTYPE, STT_OBJECT};
use elf::endian::LittleEndian;

/// What a symbol names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Code.
    Function,
    /// Data.
    Object,
    /// A label of an assembler.
    Label,
}

/// One symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// First address.
    pub(crate) address: u64,
    /// Bytes, 0 if unknown.
    pub(crate) size: u64,
    /// What it names.
    pub(crate) kind: Kind,
    /// Its name for people.
    pub(crate) name: String,
    /// Its name in the file, if that is another.
    mangled: Option<String>,
}

/// Symbols in the order of their addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Symbols {
    sorted: Vec<Symbol>,
}

/// An address as `name+0x12`, or nothing where no symbol is near.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The symbol.
    pub(crate) symbol: &'a Symbol,
    /// Bytes from its start.
    pub(crate) offset: u64,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.offset == 0 {
            formatter.write_str(&self.symbol.name)
        } else {
            write!(formatter, "{}+{}", self.symbol.name, self.offset)
        }
    }
}

impl Symbols {
    /// The symbols of a parsed file; none if it was stripped or its table is damaged.
    pub(crate) fn read(file: &ElfBytes<'_, LittleEndian>) -> Self {
        let Ok(Some((table, strings))) = file.symbol_table() else { return Self::default() };
        let mut sorted = Vec::new();
        for entry in table.iter() {
            let kind = match entry.st_symtype() {
                STT_FUNC => Kind::Function,
                STT_OBJECT => Kind::Object,
                STT_NOTYPE => Kind::Label,
                _ => continue,
            };
            let Ok(name) = usize::try_from(entry.st_name) else { continue };
            let Ok(name) = strings.get(name) else { continue };
            if entry.st_shndx == SHN_UNDEF || entry.st_value == 0 || name.is_empty() {
                continue;
            }
            sorted.push(Symbol::new(entry.st_value, entry.st_size, kind, name));
        }
        Self::new(sorted)
    }

    /// These symbols.
    pub(crate) fn new(mut symbols: Vec<Symbol>) -> Self {
        // Of several names at one address the first of the sort speaks for it: functions before labels, longest first.
        symbols.sort_by(|left, right| {
            let key = |symbol: &Symbol| (symbol.address, symbol.kind, u64::MAX.wrapping_sub(symbol.size));
            key(left).cmp(&key(right)).then_with(|| left.name.cmp(&right.name))
        });
        Self { sorted: symbols }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The symbol that `address` belongs to.
    pub(crate) fn place(&self, address: u64) -> Option<Place<'_>> {
        let after = self.sorted.partition_point(|symbol| symbol.address <= address);
        let last = self.sorted.get(after.checked_sub(1)?)?;
        let first = self.sorted.partition_point(|symbol| symbol.address < last.address);
        let symbol = self.sorted.get(first)?;
        let offset = address.wrapping_sub(symbol.address);
        let reach = if symbol.size == 0 { LABEL_REACH } else { symbol.size };
        (offset < reach).then_some(Place { symbol, offset })
    }

    /// The symbol that `name` names.
    ///
    /// The whole name wins, mangled or not; then names that end in `::name`, functions before data. More than one
    /// address is an error that says so.
    pub(crate) fn find(&self, name: &str) -> Result<&Symbol> {
        let whole = |symbol: &&Symbol| symbol.name == name || symbol.mangled.as_deref() == Some(name);
        let tail = |symbol: &&Symbol| symbol.name.strip_suffix(name).is_some_and(|front| front.ends_with("::"));
        if let Some(found) = self.sorted.iter().find(whole) {
            self.only(name, found, &whole)?;
            return Ok(found);
        }
        let functions = |symbol: &&Symbol| symbol.kind == Kind::Function && tail(symbol);
        if let Some(found) = self.sorted.iter().find(functions) {
            self.only(name, found, &functions)?;
            return Ok(found);
        }
        let found = self.sorted.iter().find(tail).ok_or_else(|| Error::expected("a symbol of the program", name))?;
        self.only(name, found, &tail)?;
        Ok(found)
    }

    fn only(&self, name: &str, found: &Symbol, matches: &dyn Fn(&&Symbol) -> bool) -> Result<()> {
        let mut count = 0_usize;
        for symbol in self.sorted.iter().filter(matches) {
            count = count.saturating_add(usize::from(symbol.address != found.address));
        }
        match count.checked_add(1) {
            Some(1) | None => Ok(()),
            Some(count) => Err(Error::new(format!("'{name}' names {count} places; give the whole name or *ADDRESS"))),
        }
    }
}

/// How far a symbol without a size may reach: assembly, where labels stand close.
const LABEL_REACH: u64 = 0x1000;

impl Symbol {
    /// A symbol by its name in the file.
    pub(crate) fn new(address: u64, size: u64, kind: Kind, name: &str) -> Self {
        // The alternate form leaves out the hash.
        match rustc_demangle::try_demangle(name) {
            Ok(demangled) => {
                Self { address, size, kind, name: format!("{demangled:#}"), mangled: Some(name.to_string()) }
            }
            Err(_) => Self { address, size, kind, name: name.to_string(), mangled: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Symbol, Symbols};
    use alloc::string::{String, ToString};
    use alloc::vec;

    fn symbols() -> Symbols {
        Symbols::new(vec![
            Symbol::new(0x1000, 0x20, Kind::Function, "main"),
            Symbol::new(0x1000, 0, Kind::Label, "start_of_text"),
            Symbol::new(0x1020, 0, Kind::Label, "loop"),
            Symbol::new(0x1040, 0x10, Kind::Function, "_ZN7recurse9factorial17h0123456789abcdefE"),
            Symbol::new(0x2000, 8, Kind::Object, "_ZN7recurse5TOTAL17h0123456789abcdefE"),
            Symbol::new(0x1050, 1, Kind::Function, "_ZN1a4same17h0123456789abcdefE"),
            Symbol::new(0x1060, 1, Kind::Function, "_ZN1b4same17h0123456789abcdefE"),
        ])
    }

    fn place(address: u64) -> Option<String> {
        symbols().place(address).map(|place| place.to_string())
    }

    #[test]
    fn addresses_have_the_nearest_symbol_that_reaches_them() {
        assert_eq!(place(0x1000).unwrap(), "main");
        assert_eq!(place(0x101f).unwrap(), "main+31");
        assert_eq!(place(0x1021).unwrap(), "loop+1");
        assert_eq!(place(0x1044).unwrap(), "recurse::factorial+4");
        assert_eq!(place(0x2008), None);
        assert_eq!(place(0xfff), None);
    }

    #[test]
    fn names_are_found_whole_mangled_or_by_their_last_part() {
        let symbols = symbols();
        for name in ["recurse::factorial", "factorial", "_ZN7recurse9factorial17h0123456789abcdefE"] {
            assert_eq!(symbols.find(name).unwrap().address, 0x1040, "{name}");
        }
        assert_eq!(symbols.find("TOTAL").unwrap().address, 0x2000);
        assert_eq!(symbols.find("a::same").unwrap().address, 0x1050);
    }

    #[test]
    fn names_that_name_nothing_or_too_much_are_refused() {
        let symbols = symbols();
        let complaint = |name: &str| symbols.find(name).unwrap_err().to_string();
        assert_eq!(complaint("orial"), "expected a symbol of the program, not 'orial'");
        assert_eq!(complaint("same"), "'same' names 2 places; give the whole name or *ADDRESS");
    }
}
