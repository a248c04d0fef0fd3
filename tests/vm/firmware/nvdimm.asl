// SPDX-License-Identifier: GPL-2.0-only
//
// Firmware of the test VM's NVDIMMs.
//
// QEMU's own table (SSDT "NVDIMM") has neither Address Range Scrub nor Clear
// Uncorrectable Error, so in a stock guest no scrub can be run and a write to a
// bad sector can never clear it. Real machines have both. The kernel takes this
// table from the initramfs in place of QEMU's (CONFIG_ACPI_TABLE_UPGRADE):
// same signature and names, higher OEM revision.
//
// The device is ACPI0012 of ACPI 6.2, 9.20.7: Query ARS Capabilities (1), Start
// ARS (2), Query ARS Status (3), Clear Uncorrectable Error (4), ARS Error Inject
// (7), ... Inject Clear (8), ... Inject Status Query (9). `ndctl inject-error`
// and `ndctl start-scrub` use them.
//
// Integers in AML have 32 bits here, because QEMU's DSDT is of revision 1.
// Addresses are therefore kept in units of 256 bytes, which is also the unit in
// which errors are cleared; this reaches up to 1 TiB.

DefinitionBlock ("", "SSDT", 1, "BOCHS ", "NVDIMM", 0x00000100)
{
    Scope (\_SB)
    {
        Device (NVDR)
        {
            Name (_HID, "ACPI0012")

            // The NVDIMMs; _ADR is the handle that QEMU's NFIT gives them.
            Device (NV01) { Name (_ADR, 0x01) }
            Device (NV02) { Name (_ADR, 0x02) }
            Device (NV03) { Name (_ADR, 0x03) }
            Device (NV04) { Name (_ADR, 0x04) }

            // The injected errors, first unit and the unit after the last.
            Name (EMAX, 128)
            Name (ECNT, 0)
            Name (EBEG, Package (128) {})
            Name (EEND, Package (128) {})

            // The last scrub: has there been one, its range (64-bit address,
            // 64-bit length), its type.
            Name (AVLD, 0)
            Name (ARNG, Buffer (16) {})
            Name (ATYP, 0)

            // Where every answer is put together.
            Name (OBUF, Buffer (4096) {})

            // The 32-bit number at byte Arg1 of the buffer Arg0.
            Method (GETD, 2, Serialized)
            {
                CreateDWordField (Arg0, Arg1, DFLD)
                Return (DFLD)
            }

            // Put the 32-bit number Arg1 at byte Arg0 of OBUF.
            Method (PUTD, 2, Serialized)
            {
                CreateDWordField (OBUF, Arg0, DFLD)
                DFLD = Arg1
            }

            // Put the unit number Arg1 at byte Arg0 of OBUF, as 64-bit bytes.
            Method (PUTU, 2, Serialized)
            {
                PUTD (Arg0, (Arg1 << 8))
                PUTD (Arg0 + 4, (Arg1 >> 24))
            }

            // Of the range in the input buffer Arg0 (64-bit address, 64-bit
            // length): its first unit.
            Method (UBEG, 1, Serialized)
            {
                Return ((GETD (Arg0, 4) << 24) | (GETD (Arg0, 0) >> 8))
            }

            // ... and the unit after its last.
            Method (UEND, 1, Serialized)
            {
                Local0 = (GETD (Arg0, 12) << 24) | (GETD (Arg0, 8) >> 8)
                Local1 = (GETD (Arg0, 0) & 0xFF) + (GETD (Arg0, 8) & 0xFF) + 0xFF
                Return (UBEG (Arg0) + Local0 + (Local1 >> 8))
            }

            // Add the units [Arg0, Arg1); 0 if there is no room.
            Method (EADD, 2, Serialized)
            {
                If (ECNT >= EMAX)
                {
                    Return (0)
                }
                EBEG [ECNT] = Arg0
                EEND [ECNT] = Arg1
                ECNT++
                Return (1)
            }

            // Take the units [Arg0, Arg1) out of the injected errors.
            Method (EDEL, 2, Serialized)
            {
                Local0 = 0
                While (Local0 < ECNT)
                {
                    Local1 = DerefOf (EBEG [Local0])
                    Local2 = DerefOf (EEND [Local0])
                    If ((Local1 >= Arg1) || (Local2 <= Arg0))
                    {
                        Local0++
                        Continue
                    }
                    // The last entry takes this one's place ...
                    ECNT--
                    EBEG [Local0] = DerefOf (EBEG [ECNT])
                    EEND [Local0] = DerefOf (EEND [ECNT])
                    // ... and what is left of this one goes to the end, where
                    // the loop finds it clear of the range and passes it.
                    If (Local1 < Arg0)
                    {
                        EADD (Local1, Arg0)
                    }
                    If (Local2 > Arg1)
                    {
                        EADD (Arg1, Local2)
                    }
                }
            }

            // 1: Query ARS Capabilities. Both kinds of scrub, 4096 bytes of
            // results at most, errors are cleared in units of 256 bytes.
            Method (ACAP, 0, Serialized)
            {
                PUTD (0, 0x00030000)
                PUTD (4, 4096)
                PUTD (8, 256)
                PUTD (12, 0)
                Return (Mid (OBUF, 0, 16))
            }

            // 2: Start ARS. The scrub is over at once.
            Method (ASTA, 1, Serialized)
            {
                ARNG = Mid (Arg0, 0, 16)
                ATYP = GETD (Arg0, 16) & 0xFFFF
                AVLD = 1
                PUTD (0, 0)
                PUTD (4, 1)
                Return (Mid (OBUF, 0, 8))
            }

            // 3: Query ARS Status: the injected errors in the scrubbed range.
            // The header's 48 bytes: status, size of what follows the status,
            // range, range to restart at, type and flags, number of records.
            Method (ASTS, 0, Serialized)
            {
                Local0 = 0
                While (Local0 < 48)
                {
                    PUTD (Local0, 0)
                    Local0 += 4
                }
                If (!AVLD)
                {
                    // no scrub since the machine was started
                    PUTD (0, 0x00020000)
                    PUTD (4, 44)
                    Return (Mid (OBUF, 0, 48))
                }
                Local1 = UBEG (ARNG)
                Local2 = UEND (ARNG)
                Local3 = 0
                Local4 = 0
                While (Local3 < ECNT)
                {
                    Local5 = DerefOf (EBEG [Local3])
                    Local6 = DerefOf (EEND [Local3])
                    Local3++
                    If (Local5 < Local1)
                    {
                        Local5 = Local1
                    }
                    If (Local6 > Local2)
                    {
                        Local6 = Local2
                    }
                    If (Local5 >= Local6)
                    {
                        Continue
                    }
                    Local7 = 48 + (Local4 * 24)
                    PUTD (Local7, 1)
                    PUTD (Local7 + 4, 0)
                    PUTU (Local7 + 8, Local5)
                    PUTU (Local7 + 16, Local6 - Local5)
                    Local4++
                }
                PUTD (4, 44 + (Local4 * 24))
                Local0 = 0
                While (Local0 < 16)
                {
                    PUTD (8 + Local0, GETD (ARNG, Local0))
                    Local0 += 4
                }
                PUTD (40, ATYP)
                PUTD (44, Local4)
                Return (Mid (OBUF, 0, 48 + (Local4 * 24)))
            }

            // 4: Clear Uncorrectable Error. All that was asked for is cleared.
            Method (ACLR, 1, Serialized)
            {
                EDEL (UBEG (Arg0), UEND (Arg0))
                PUTD (0, 0)
                PUTD (4, 0)
                PUTD (8, GETD (Arg0, 8))
                PUTD (12, GETD (Arg0, 12))
                Return (Mid (OBUF, 0, 16))
            }

            // 7: ARS Error Inject; status 2 means that the input is not good.
            // Bit 0 of the options asks for a notification.
            Method (AINJ, 1, Serialized)
            {
                EDEL (UBEG (Arg0), UEND (Arg0))
                If (EADD (UBEG (Arg0), UEND (Arg0)))
                {
                    PUTD (0, 0)
                    If (DerefOf (Arg0 [16]) & 1)
                    {
                        Notify (NVDR, 0x81)
                    }
                }
                Else
                {
                    PUTD (0, 2)
                }
                Return (Mid (OBUF, 0, 4))
            }

            // 8: ARS Error Inject Clear.
            Method (AICL, 1, Serialized)
            {
                EDEL (UBEG (Arg0), UEND (Arg0))
                PUTD (0, 0)
                Return (Mid (OBUF, 0, 4))
            }

            // 9: ARS Error Inject Status Query.
            Method (AIST, 0, Serialized)
            {
                PUTD (0, 0)
                PUTD (4, ECNT)
                Local0 = 0
                While (Local0 < ECNT)
                {
                    Local1 = DerefOf (EBEG [Local0])
                    PUTU (8 + (Local0 * 16), Local1)
                    PUTU (16 + (Local0 * 16), DerefOf (EEND [Local0]) - Local1)
                    Local0++
                }
                Return (Mid (OBUF, 0, 8 + (ECNT * 16)))
            }

            Method (_DSM, 4, Serialized)
            {
                If (Arg0 != ToUUID ("2f10e7a4-9e91-11e4-89d3-123b93f75cba"))
                {
                    Return (Buffer (1) { 0x00 })
                }
                If (Arg2 == 0)
                {
                    // functions 0 to 4 and 7 to 9
                    Return (Buffer (2) { 0x9F, 0x03 })
                }
                If (Arg2 == 1)
                {
                    Return (ACAP ())
                }
                If (Arg2 == 3)
                {
                    Return (ASTS ())
                }
                If (Arg2 == 9)
                {
                    Return (AIST ())
                }
                // The others take a buffer that begins with a range.
                If (SizeOf (Arg3) == 0)
                {
                    Return (Buffer (4) { 0x02, 0x00, 0x00, 0x00 })
                }
                Local0 = DerefOf (Arg3 [0])
                If (SizeOf (Local0) < 16)
                {
                    Return (Buffer (4) { 0x02, 0x00, 0x00, 0x00 })
                }
                If (Arg2 == 2)
                {
                    Return (ASTA (Local0))
                }
                If (Arg2 == 4)
                {
                    Return (ACLR (Local0))
                }
                If (Arg2 == 7)
                {
                    Return (AINJ (Local0))
                }
                If (Arg2 == 8)
                {
                    Return (AICL (Local0))
                }
                Return (Buffer (4) { 0x01, 0x00, 0x00, 0x00 })
            }
        }
    }
}
