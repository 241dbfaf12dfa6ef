// This does things.
package wrong
