//! The grammar of expressions: values, binding, and one line for each kind of mistake.
//!
//! Decides nothing; shows what `expression` decides, over names of its own. Neighbour: `crate::tests` has expressions in
//! commands.

use super::{Names, evaluate, evaluate_prefix};
use crate::error::{Error, Result};
use alloc::string::{String, ToString};
use proptest::prelude::*;

struct Fixed;

impl Names for Fixed {
    fn register(&mut self, name: &str) -> Result<u64> {
        if name == "rip" { Ok(0x40_1000) } else { Err(Error::expected("a register", name)) }
    }

    fn symbol(&mut self, name: &str) -> Result<u64> {
        match name {
            "main" => Ok(0x40_2000),
            "a::b" => Ok(7),
            "<T as U>::f" => Ok(9),
            _ => Err(Error::expected("a symbol", name)),
        }
    }

    fn word(&mut self, address: u64) -> Result<u64> {
        Ok(address.wrapping_mul(10))
    }
}

fn value(text: &str) -> u64 {
    evaluate(text, &mut Fixed).unwrap()
}

fn complaint(text: &str) -> String {
    evaluate(text, &mut Fixed).unwrap_err().to_string()
}

#[test]
fn numbers_registers_and_symbols_have_values() {
    assert_eq!(value("42"), 42);
    assert_eq!(value("0xdead_beef"), 0xdead_beef);
    assert_eq!(value("0b101"), 5);
    assert_eq!(value("$rip"), 0x40_1000);
    assert_eq!(value("main + 4"), 0x40_2004);
    assert_eq!(value("a::b"), 7);
    assert_eq!(value("'<T as U>::f'+1"), 10);
    assert_eq!(value("18446744073709551615"), u64::MAX);
}

#[test]
fn operators_bind_as_in_c() {
    assert_eq!(value("2 + 3 * 4"), 14);
    assert_eq!(value("(2 + 3) * 4"), 20);
    assert_eq!(value("10 - 3 - 2"), 5);
    assert_eq!(value("1 << 4 | 1"), 17);
    assert_eq!(value("0xff & 1 << 3"), 8);
    assert_eq!(value("1 | 6 ^ 2 & 3"), 5);
    assert_eq!(value("100 / 7 % 5"), 4);
    assert_eq!(value("1 << 64"), 0);
    assert_eq!(value("-1"), u64::MAX);
    assert_eq!(value("~0 >> 60"), 15);
    assert_eq!(value("*5"), 50);
    assert_eq!(value("**5 + 1"), 501);
    assert_eq!(value("*(2 + 3)"), 50);
    assert_eq!(value("&main"), 0x40_2000);
}

#[test]
fn mistakes_say_what_was_expected() {
    assert_eq!(complaint(""), "expected a number, a symbol or a $register");
    assert_eq!(complaint("1 +"), "expected a number, a symbol or a $register");
    assert_eq!(complaint("(1"), "expected ')'");
    assert_eq!(complaint("1 2"), "expected an operator, not '2'");
    assert_eq!(complaint("0x"), "expected a number, not '0x'");
    assert_eq!(complaint("12monkeys"), "expected a number, not '12monkeys'");
    assert_eq!(complaint("99999999999999999999"), "expected a number of at most 64 bits, not '99999999999999999999'");
    assert_eq!(complaint("1/0"), "cannot divide by zero");
    assert_eq!(complaint("$foo"), "expected a register, not 'foo'");
    assert_eq!(complaint("'main"), "expected a closing quote");
    assert_eq!(complaint("?"), "expected a number, a symbol or a $register, not '?'");
    assert_eq!(complaint(&"-".repeat(100)), "expected at most 64 nested operators");
}

#[test]
fn two_expressions_may_follow_each_other() {
    assert_eq!(evaluate_prefix("main 5", &mut Fixed).unwrap(), (0x40_2000, "5"));
    assert_eq!(evaluate_prefix("$rip+8 = 1", &mut Fixed).unwrap(), (0x40_1008, "= 1"));
}

proptest! {
    #[test]
    fn any_text_has_a_value_or_a_complaint(text in "[-+*/%&|^~<>()$'0-9a-fx:_ ]{0,40}") {
        drop(evaluate(&text, &mut Fixed));
    }

    #[test]
    fn numbers_read_back(value in any::<u64>()) {
        prop_assert_eq!(evaluate(&value.to_string(), &mut Fixed).unwrap(), value);
        prop_assert_eq!(evaluate(&alloc::format!("{value:#x}"), &mut Fixed).unwrap(), value);
    }
}
