// Tool is a tool.
package main
