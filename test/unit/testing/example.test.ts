// The example tests itself.
import "../../../examples/testing-your-program.test.js";
